#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;
struct pg_result;

namespace bench {

/// A parameter of a statement in PostgreSQL's binary form.
struct binary_value {
  std::uint32_t type = 0; ///< PostgreSQL's number for it
  std::string bytes{};
};

/// A connection with nothing between it and libpq. What fails throws `eventcore::failure_error`, which says nothing of a
/// password.
class postgres_session {
public:
  explicit postgres_session(std::string_view url);

  /// Runs one statement or several.
  void run(const std::string& sql);

  /// The one value that `sql` gives.
  auto ask(const std::string& sql) -> std::string;

  /// Prepares the one statement that `execute` runs.
  void prepare(std::string_view sql, const std::vector<binary_value>& like);

  /// In a transaction of its own: one round trip.
  void execute(const std::vector<binary_value>& values);

private:
  struct closer {
    void operator()(pg_conn* connection) const;
    void operator()(pg_result* result) const;
  };
  using answer = std::unique_ptr<pg_result, closer>;

  auto checked(pg_result* given) const -> answer;

  std::unique_ptr<pg_conn, closer> connection_;
};

} // namespace bench
