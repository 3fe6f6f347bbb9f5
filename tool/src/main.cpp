#include "program.hpp"

#include <eventcore/detail/printable.hpp>

#include <cerrno>
#include <cstring>
#include <exception>
#include <sstream>

#include <fmt/format.h>

namespace {

using tool::exit_code;

/// What could not be printed was not done. A reader that went away, as `head` does, knows why.
auto end_output(tool::output& out, exit_code code) -> exit_code {
  out.flush();
  if (out.good())
    return code;
  if (out.error() == EPIPE)
    return exit_code::refused;
  tool::complain(fmt::format("the standard output: {}", std::strerror(out.error())));
  return exit_code::failed;
}

/// What --help, --help-all and --version ask for.
auto print_help(const tool::program& of, const CLI::ParseError& asked) -> exit_code {
  std::ostringstream text;
  of.app.exit(asked, text, text);
  tool::output out;
  out.write(text.str());
  return end_output(out, exit_code::done);
}

auto run(const tool::program& chosen, tool::interruption& interrupted) -> exit_code {
  tool::session session{chosen.given, interrupted};
  const auto outcome = (*chosen.all.chosen())(session);
  session.out().flush();
  if (!outcome)
    tool::complain(outcome.error().detail);
  return end_output(session.out(), outcome ? *outcome : tool::code_of(outcome.error()));
}

auto parse_and_run(int argc, char** argv) -> exit_code {
  tool::interruption interrupted; // before there are other threads
  tool::program wanted;
  try {
    wanted.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0)
      return print_help(wanted, error);
    // What is out of place may be a store's URL.
    tool::complain(
      fmt::format("{}; see eventcore --help", eventcore::detail::without_password(error.what())));
    return exit_code::usage;
  }
  if (!wanted.all.chosen()) {
    tool::complain("no command is given; eventcore --help lists them");
    return exit_code::usage;
  }
  return run(wanted, interrupted);
}

} // namespace

auto main(int argc, char** argv) -> int {
  try {
    return static_cast<int>(parse_and_run(argc, argv));
  } catch (const std::exception& error) {
    tool::complain(error.what());
  }
  return static_cast<int>(exit_code::failed);
}
