#pragma once

#include "exit_code.hpp"
#include "session.hpp"

#include <eventcore/failure.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tool {

namespace ec = eventcore;

/// What a command does once it was chosen and its arguments are read. A failure is printed and
/// gives the exit code: see `code_of`.
using command_body = std::function<ec::result<exit_code>(session&)>;

/// The commands of the program. Each is defined in a file of its own by a function
/// `void add_NAME(commands& to)`, which keeps its arguments in a `std::shared_ptr` that the body holds.
class commands {
public:
  explicit commands(CLI::App& root) : root_{root} {}

  /// Adds a command, and gives what its arguments are added to. `text` is one sentence without a
  /// full stop; `CLI::App::footer` takes whatever else is to be said.
  auto add(const std::string& name, const std::string& text, command_body body) -> CLI::App&;

  /// Adds a command of a command: `projections reset`.
  auto add(CLI::App& under, const std::string& name, const std::string& text, command_body body)
    -> CLI::App&;

  /// The body of the command that was chosen by `CLI::App::parse`; null when none was.
  auto chosen() const -> const command_body*;

  /// The program, for what is made of the definitions.
  auto root() const -> const CLI::App& { return root_; }

private:
  CLI::App& root_;
  std::map<const CLI::App*, command_body> bodies_;
};

/// The exit code of a failure: `usage` for `invalid_argument`, `damaged` for `store_corrupt`,
/// `refused` for `shutting_down` (it was interrupted), else `failed`.
auto code_of(const ec::failure& why) -> exit_code;

} // namespace tool
