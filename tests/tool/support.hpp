#pragma once

#include "examples/program.hpp"
#include "tool/bank_log.hpp"

#include <eventcore/failure.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tool_test {

namespace ec = eventcore;

/// A program's end and all that it printed, as a shell sees it.
struct shell_outcome {
  int code = -1;
  std::string out; ///< and the standard error output, when the command says so
};

/// Runs a command of bash, in which $EVENTCORE is the program.
auto shell(const std::string& command) -> shell_outcome;

/// The bank's log in a SQLite file, and the program that is asked about it.
class bank {
public:
  bank() { bank_log::fill(*store); }

  /// Opens the file once more, as another program would.
  auto open_again() const -> std::shared_ptr<ec::event_store> {
    return ec::unwrap(ec::sqlite::open(file()));
  }

  auto ask(std::vector<std::string> arguments) const -> program::finished {
    arguments.insert(arguments.end(), {"--store", url});
    return program::run(arguments);
  }

  auto file() const -> std::string { return scratch.path("bank.db").string(); }

  program::scratch scratch{};
  std::string url = scratch.store();
  std::shared_ptr<ec::event_store> store = open_filled();

private:
  auto open_filled() const -> std::shared_ptr<ec::event_store> {
    ec::sqlite::sqlite_settings settings;
    static_cast<ec::store_settings&>(settings) = bank_log::settings();
    return ec::unwrap(ec::sqlite::open(file(), settings));
  }
};

/// Changes a SQLite file behind the store's back. Throws when it cannot be done.
void run_sql(const std::string& file, const std::string& sql);

} // namespace tool_test
