#include "about.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "definition.hpp"

namespace tool {

namespace {

/// Text for roff: what would be taken for a request or an escape is not.
auto roff(std::string_view text) -> std::string {
  std::string safe;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (safe.empty() || safe.back() == '\n'))
      safe += "\\&";
    if (c == '\\')
      safe += "\\e";
    else if (c == '-')
      safe += "\\-";
    else
      safe += c;
  }
  return safe;
}

auto bold(std::string_view text) -> std::string { return fmt::format("\\fB{}\\fR", roff(text)); }
auto italic(std::string_view text) -> std::string { return fmt::format("\\fI{}\\fR", roff(text)); }

auto entry(const std::string& term, std::string_view text) -> std::string {
  return fmt::format(".TP\n{}\n{}.\n", term, roff(text));
}

auto usage(const CLI::App& command) -> std::string {
  auto line = bold("eventcore " + path_of(command));
  if (!options_of(command).empty())
    line += fmt::format(" [{}]", italic("OPTIONS"));
  for (const auto* place : positionals_of(command)) {
    auto name = italic(place->get_name(true));
    if (place->get_items_expected_max() > 1)
      name += "...";
    line += place->get_required() ? " " + name : fmt::format(" [{}]", name);
  }
  return line;
}

auto option_entries(const CLI::App& command) -> std::string {
  std::string text;
  for (const auto* place : positionals_of(command))
    text += entry(italic(place->get_name(true)), place->get_description());
  for (const auto* option : options_of(command)) {
    const auto value = value_of(*option);
    text += entry(value.empty() ? bold(name_of(*option))
                                : fmt::format("{} {}", bold(name_of(*option)), italic(value)),
                  option->get_description());
  }
  return text;
}

auto command_sections(const CLI::App& above) -> std::string {
  std::string text;
  for (const auto* command : commands_of(above)) {
    text += fmt::format(".SS {}\n{}.\n", usage(*command), roff(command->get_description()));
    if (!command->get_footer().empty())
      text += fmt::format(".PP\n{}\n", roff(command->get_footer()));
    text += option_entries(*command);
    text += command_sections(*command);
  }
  return text;
}

auto man_page(const CLI::App& root) -> std::string {
  auto page = fmt::format(".TH EVENTCORE 1 \"\" \"eventcore {}\" \"EventCore\"\n", version);
  page += fmt::format(".SH NAME\neventcore \\- {}\n", roff(about_in_short));
  page += fmt::format(".SH SYNOPSIS\n{} [{}] {} [{}]\n", bold("eventcore"), italic("OPTIONS"),
                      italic("COMMAND"), italic("ARGUMENTS"));
  page += fmt::format(".SH DESCRIPTION\n{}.\n", roff(root.get_description()));
  page += ".SH OPTIONS\nThey may stand before and behind the command.\n" + option_entries(root);
  page += ".SH COMMANDS\n" + command_sections(root);
  page += ".SH EXIT STATUS\n";
  for (const auto& [code, text] : exit_codes)
    page += entry(bold(fmt::format("{}", static_cast<int>(code))), text);
  page += ".SH ENVIRONMENT\n";
  for (const auto& [name, text] : environment)
    page += entry(bold(name), text);
  return page;
}

} // namespace

void add_man(commands& to) {
  to.add("man", "Print the manual page, as man shows it: eventcore man | man -l -",
         [&to](session& here) -> ec::result<exit_code> {
           here.out().write(man_page(to.root()));
           return exit_code::done;
         });
}

} // namespace tool
