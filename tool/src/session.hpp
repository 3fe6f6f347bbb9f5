#pragma once

#include "exit_code.hpp"
#include "output.hpp"
#include "signals.hpp"

#include <eventcore/backends.hpp>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace tool {

namespace ec = eventcore;

/// What was said before or behind the command, the same for all.
struct common_arguments {
  std::string store;  ///< URL; empty: from the environment or the configuration file
  std::string schema; ///< on PostgreSQL; empty: from the configuration file or the default
  bool json = false;  ///< print JSON lines
  bool yes = false;   ///< do what cannot be undone
};

/// A store's URL and what it is opened with.
struct store_location {
  std::string url;
  ec::store_settings settings;
};

/// Where the store is: `--store`, else the environment variable EVENTCORE_STORE, else the settings
/// of `caf-application.conf` in the working directory. Fails with `invalid_argument`.
auto locate_store(const common_arguments& given) -> ec::result<store_location>;

/// How a command uses the store.
enum class access : int {
  read = 1, ///< open for reading; nothing is written, not even the schema
  write,    ///< the store must be there and have this program's schema
  create,   ///< it is made when it is not there
};

/// What all commands share: the store, the output, and whether they are to end.
class session {
public:
  session(common_arguments given, interruption& interrupted)
      : given_{std::move(given)}, interrupted_{interrupted} {}

  /// Opens the store. An older schema is refused (`schema_mismatch`) and the text says how it is
  /// brought up to date.
  [[nodiscard]] auto open(access how) const -> ec::result<std::shared_ptr<ec::event_store>>;

  /// The same, where `change` has the last word on the settings.
  [[nodiscard]] auto open(const std::function<void(ec::store_settings&)>& change) const
    -> ec::result<std::shared_ptr<ec::event_store>>;

  /// The store's URL as given, with its password. Fails with `invalid_argument`.
  [[nodiscard]] auto location() const -> ec::result<store_location> { return locate_store(given_); }

  /// For commands that need --yes: says what was not done, and that --yes does it.
  auto refuse(std::string_view text) const -> exit_code;

  auto out() -> output& { return out_; }
  auto json() const -> bool { return given_.json; }
  auto yes() const -> bool { return given_.yes; }

  /// For commands that come to an orderly end when they are told to: from the first call on,
  /// SIGINT and SIGTERM ask for a stop instead of ending the program. What such a command then
  /// returns is a failure with `shutting_down` whose text says what was done.
  auto stop_token() const -> std::stop_token { return interrupted_.token(); }

private:
  common_arguments given_;
  interruption& interrupted_;
  output out_;
};

} // namespace tool
