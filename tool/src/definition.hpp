#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tool {

// What the manual page and the completion read from the definitions that the command line is parsed by.

/// The commands right below, in the order in which they were added.
auto commands_of(const CLI::App& app) -> std::vector<const CLI::App*>;

/// The arguments that are known by a name beginning with `-`, --help and the like left out.
auto options_of(const CLI::App& app) -> std::vector<const CLI::Option*>;

/// The arguments that are known by their place.
auto positionals_of(const CLI::App& app) -> std::vector<const CLI::Option*>;

/// `--kind`.
auto name_of(const CLI::Option& option) -> std::string;

/// What stands for the option's value, `KIND`; empty for a flag.
auto value_of(const CLI::Option& option) -> std::string;

/// `projections reset`, without the program's name.
auto path_of(const CLI::App& command) -> std::string;

} // namespace tool
