#include "command.hpp"
#include "commands.hpp"
#include "definition.hpp"

#include <memory>

namespace tool {

namespace {

/// What may follow a command: commands of its own and options, the program's included.
auto words_of(const CLI::App& command, const CLI::App& root) -> std::string {
  std::string words;
  const auto add = [&words](const std::string& word) {
    words += (words.empty() ? "" : " ") + word;
  };
  for (const auto* below : commands_of(command))
    add(below->get_name());
  for (const auto* option : options_of(command))
    add(name_of(*option));
  if (&command != &root)
    for (const auto* option : options_of(root))
      add(name_of(*option));
  add("--help");
  return words;
}

auto takes_files(const CLI::App& command) -> bool {
  for (const auto* place : positionals_of(command))
    if (place->get_name(true) == "FILE")
      return true;
  return false;
}

/// A line for each command: where it leads from the one above, and what may follow it.
struct script_parts {
  std::string steps;
  std::string words;
  std::string options_with_values;
};

void describe(const CLI::App& command, const CLI::App& root, script_parts& into) {
  const auto path = path_of(command);
  into.words += fmt::format("    '{}') words='{}'{} ;;\n", path, words_of(command, root),
                            takes_files(command) ? " files=yes" : "");
  for (const auto* option : options_of(command))
    if (const auto value = value_of(*option); !value.empty())
      into.options_with_values += fmt::format(
        "{}'{} {}'", into.options_with_values.empty() ? "" : " | ", path, name_of(*option));
  for (const auto* below : commands_of(command)) {
    into.steps +=
      fmt::format("{}'{} {}'", into.steps.empty() ? "" : " | ", path, below->get_name());
    describe(*below, root, into);
  }
}

/// Walks over the words before the one that is completed: which command they name, and whether the
/// last one waits for its value. Bash splits words at some characters: --store=sqlite:bank.db is
/// five of them.
constexpr auto script = R"(# bash completion for eventcore
_eventcore() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} path='' word words='' files=no value=no i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${{COMP_WORDS[i]}}
    [[ $word =~ ^[=:@]+$ ]] && {{ value=yes; continue; }}
    [[ $value == yes ]] && {{ value=no; continue; }}
    case "$path $word" in
    {steps})
      path=${{path:+$path }}$word ;;
    esac
    case "$path $word" in
    {values}) value=yes ;;
    esac
    case " $word" in
    {common}) value=yes ;;
    esac
  done
  [[ $current =~ ^[=:@]+$ ]] && {{ value=yes current=''; }}
  case "$path" in
{words}  esac
  COMPREPLY=()
  if [[ $value == yes || ( $files == yes && $current != -* ) ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}}
complete -F _eventcore eventcore
)";

auto bash_script(const CLI::App& root) -> std::string {
  script_parts parts;
  describe(root, root, parts);
  std::string common;
  for (const auto* option : options_of(root))
    if (!value_of(*option).empty())
      common += fmt::format("{}' {}'", common.empty() ? "" : " | ", name_of(*option));
  return fmt::format(script, fmt::arg("steps", parts.steps),
                     fmt::arg("values", parts.options_with_values), fmt::arg("common", common),
                     fmt::arg("words", parts.words));
}

} // namespace

void add_completion(commands& to) {
  const auto shell = std::make_shared<std::string>();
  auto& app = to.add("completion", "Print a script that completes the arguments in a shell",
                     [&to, shell](session& here) -> ec::result<exit_code> {
                       here.out().write(bash_script(to.root()));
                       return exit_code::done;
                     });
  app.add_option("SHELL", *shell, "The shell: bash")
    ->required()
    ->type_name("")
    ->check(CLI::IsMember{{"bash"}}.description(""));
  app.footer("For this session: source <(eventcore completion bash)");
}

} // namespace tool
