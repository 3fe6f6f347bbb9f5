#include "command.hpp"

#include <utility>

namespace tool {

auto commands::add(const std::string& name, const std::string& text, command_body body)
  -> CLI::App& {
  return add(root_, name, text, std::move(body));
}

auto commands::add(CLI::App& under, const std::string& name, const std::string& text,
                   command_body body) -> CLI::App& {
  auto& made = *under.add_subcommand(name, text);
  made.fallthrough(); // --store and the like may stand anywhere
  made.footer("");    // else it has that of the command above
  bodies_.emplace(&made, std::move(body));
  return made;
}

auto commands::chosen() const -> const command_body* {
  const CLI::App* at = &root_;
  for (auto below = at->get_subcommands(); !below.empty(); below = at->get_subcommands())
    at = below.front();
  const auto found = bodies_.find(at);
  return found == bodies_.end() ? nullptr : &found->second;
}

auto code_of(const ec::failure& why) -> exit_code {
  switch (why.code) {
  case ec::errc::invalid_argument:
    return exit_code::usage;
  case ec::errc::store_corrupt:
    return exit_code::damaged;
  case ec::errc::shutting_down:
    return exit_code::refused;
  default:
    return exit_code::failed;
  }
}

} // namespace tool
