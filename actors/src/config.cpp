#include "eventcore/actors/config.hpp"

#include "config_file.hpp"
#include "config_merge.hpp"
#include "errors.hpp"
#include "setting.hpp"

#include "eventcore/detail/printable.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <caf/config_option.hpp>
#include <caf/config_option_set.hpp>
#include <caf/make_config_option.hpp>
#include <caf/sec.hpp>
#include <fmt/format.h>

namespace eventcore {

namespace {

auto to_caf(const failure& why) -> caf::error {
  return caf::make_error(caf::sec::invalid_argument, why.detail);
}

auto open(const std::string& path) -> result<std::ifstream> {
  std::error_code error;
  std::ifstream in;
  if (std::filesystem::is_directory(path, error)) // opens, and reads as empty
    error = std::make_error_code(std::errc::is_a_directory);
  else if (in.open(path); !in)
    error = {errno, std::generic_category()};
  else
    return in;
  return fail(errc::invalid_argument,
              fmt::format("the configuration file {} cannot be read: {}", path, error.message()));
}

// The log writer and the readers have threads of their own: one core is theirs. Threads that wait at
// one queue wake at once; CAF's own default is at least four that look for work in turn and sleep in
// between. With many threads, one queue would be what they wait for.
void suit_scheduler(caf::actor_system_config& config) {
  constexpr std::size_t few = 4;
  const std::size_t cores = std::max(std::thread::hardware_concurrency(), 2U);
  config.set("scheduler.max-threads", cores - 1);
  if (cores <= few)
    config.set("scheduler.policy", caf::atom("sharing"));
}

} // namespace

void add_options(caf::config_option_set& options) {
  for (const auto& each : detail::all_settings())
    options.add(detail::make_option(each));
}

auto read_settings(const caf::actor_system_config& config) -> result<runtime_settings> {
  runtime_settings settings;
  const auto& all = content(config);
  if (const auto ours = all.find("eventcore"); ours != all.end())
    if (auto done = detail::read_group("eventcore", ours->second, settings); !done)
      return std::unexpected{std::move(done.error())};
  if (auto valid = settings.validate(); !valid)
    return std::unexpected{std::move(valid.error())};
  return settings;
}

auto text_of(const caf::error& wrong) -> std::string {
  return wrong.context().match_elements<std::string>() ? wrong.context().get_as<std::string>(0)
                                                       : caf::actor_system_config::render(wrong);
}

system_config::system_config() {
  config_file_path = "caf-application.conf";
  for (auto& option : custom_options_)
    if (option.full_name() == "global.config-file")
      option = caf::make_config_option(config_file_path, "global", "config-file",
                                       "set config file (default: caf-application.conf)");
  add_options(custom_options_);
  add_error_texts(*this);
  suit_scheduler(*this);
}

auto system_config::parse(string_list arguments, const char* file) -> caf::error {
  if (file != nullptr && std::string_view{file} != "caf-application.ini")
    config_file_path = file;
  const auto* option = custom_options_.qualified_name_lookup("global", "config-file");
  const auto named = caf::find_by_long_name(*option, arguments.begin(), arguments.end()).second;
  if (!named.empty())
    config_file_path.assign(named.begin(), named.end());
  std::error_code ignored;
  if (named.empty() && !std::filesystem::exists(config_file_path, ignored)) {
    std::istringstream nothing;
    return parse(std::move(arguments), nothing);
  }
  auto in = open(config_file_path);
  return in ? parse(std::move(arguments), *in) : to_caf(in.error());
}

auto system_config::parse(int argc, char** argv, const char* file) -> caf::error {
  return parse(string_list(argv + std::min(argc, 1), argv + argc), file);
}

auto system_config::parse(string_list arguments, std::istream& file) -> caf::error {
  const auto read = detail::read_config(file, config_file_path);
  if (!read)
    return to_caf(read.error());
  if (const auto merged = detail::merge(*read, custom_options_, content); !merged)
    return to_caf(merged.error());
  std::istringstream nothing; // CAF's own part is the command line
  if (auto failed = actor_system_config::parse(std::move(arguments), nothing))
    return failed;
  // CAF stops at the first argument that is no option.
  for (const auto& argument : remainder)
    if (argument.starts_with("--eventcore."))
      return to_caf({errc::invalid_argument,
                     fmt::format("{} stands behind {} and was not read; options come before other "
                                 "arguments",
                                 detail::without_password(argument), remainder.front())});
  if (cli_helptext_printed && caf::get_or(*this, "help", false)) {
    caf::config_option_set ours; // CAF's --help has options without a group, --long-help has all
    add_options(ours);
    std::cout << ours.help_text(false) << std::flush;
  }
  const auto valid = read_settings(*this);
  return valid ? caf::error{} : to_caf(valid.error());
}

auto system_config::parse(int argc, char** argv, std::istream& file) -> caf::error {
  return parse(string_list(argv + std::min(argc, 1), argv + argc), file);
}

auto system_config::dump_content() const -> caf::settings {
  auto all = actor_system_config::dump_content();
  for (const auto& each : detail::all_settings())
    caf::put_missing(all, {each.name.data(), each.name.size()}, detail::value_of(each, {}));
  return all;
}

void system_config::set_value(caf::string_view name, caf::config_value value) {
  if (caf::starts_with(name, "eventcore."))
    caf::put(content, name, std::move(value));
  else
    actor_system_config::set(name, std::move(value));
}

} // namespace eventcore
