#include "definition.hpp"

namespace tool {

auto commands_of(const CLI::App& app) -> std::vector<const CLI::App*> {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

auto options_of(const CLI::App& app) -> std::vector<const CLI::Option*> {
  return app.get_options([&app](const CLI::Option* option) {
    return !option->get_positional() && option != app.get_help_ptr()
           && option != app.get_help_all_ptr() && option != app.get_version_ptr();
  });
}

auto positionals_of(const CLI::App& app) -> std::vector<const CLI::Option*> {
  return app.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

auto name_of(const CLI::Option& option) -> std::string { return option.get_name(); }

auto value_of(const CLI::Option& option) -> std::string {
  return option.get_items_expected_max() == 0 ? std::string{} : option.get_type_name();
}

auto path_of(const CLI::App& command) -> std::string {
  const auto* const above = command.get_parent();
  if (!above)
    return {};
  const auto before = path_of(*above);
  return before.empty() ? command.get_name() : before + " " + command.get_name();
}

} // namespace tool
