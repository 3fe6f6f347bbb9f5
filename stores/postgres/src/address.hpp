#pragma once

#include "eventcore/backends.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace eventcore::postgres {

/// Where a store is and how to get in: a URL and settings that were checked. Only `conninfo` holds
/// the password.
class address {
public:
  /// Fails with `invalid_argument`.
  static auto of(std::string_view url, const postgres_settings& settings) -> result<address>;

  /// What libpq connects with. `purpose` is added to the application's name.
  auto conninfo(std::string_view purpose) const -> std::string;

  /// The database and the server for messages: `bank at db.example:5432`.
  auto name() const -> const std::string& { return name_; }

  /// The connection string for other programs, as it was given but without what is secret.
  auto open_conninfo() const -> const std::string& { return open_conninfo_; }

  auto user() const -> const std::string& { return user_; }
  auto database() const -> const std::string& { return database_; }
  auto schema() const -> const std::string& { return schema_; }

  /// The schema's name as SQL reads it.
  auto quoted_schema() const -> std::string;

  /// The hosts that must be looked up.
  auto host_names() const -> const std::vector<std::string>& { return host_names_; }

  auto connect_timeout() const -> std::chrono::seconds { return connect_timeout_; }

  /// `words` with the password blotted out.
  auto scrub(std::string words) const -> std::string;

private:
  address() = default;

  std::string conninfo_;
  std::string application_name_;
  std::string password_;
  std::string name_;
  std::string open_conninfo_;
  std::string user_;
  std::string database_;
  std::string schema_;
  std::vector<std::string> host_names_;
  std::chrono::seconds connect_timeout_{};
};

} // namespace eventcore::postgres
