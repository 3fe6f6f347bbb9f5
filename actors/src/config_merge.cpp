#include "config_merge.hpp"

#include "setting.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <caf/config_option.hpp>
#include <caf/config_value.hpp>
#include <fmt/format.h>

namespace eventcore::detail {

namespace {

auto view(std::string_view text) -> caf::string_view { return {text.data(), text.size()}; }
auto view(caf::string_view text) -> std::string_view { return {text.data(), text.size()}; }

auto is_ours(std::string_view name) -> bool {
  return name == "eventcore" || name.starts_with("eventcore.");
}

/// Puts the content of a file into a configuration, checking all that is registered.
class merger {
public:
  merger(const config_file& from, const caf::config_option_set& options, caf::settings& to)
      : from_{from}, options_{options}, to_{to} {}

  auto merge(const caf::settings& group, const std::string& prefix = {}) -> result<> {
    for (const auto& [key, value] : group) {
      const auto name = prefix + key;
      const auto* option = find(name);
      if (option == nullptr && name.starts_with("caf."))
        option = find(std::string_view{name}.substr(4));
      const auto* members = caf::get_if<caf::config_value::dictionary>(&value);
      auto done = option == nullptr && members != nullptr ? merge(*members, name + ".")
                                                          : put(name, value, option);
      if (!done)
        return done;
    }
    return {};
  }

private:
  // CAF's own look-up by one name does not find dotted groups.
  auto find(std::string_view name) const -> const caf::config_option* {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos)
      return options_.qualified_name_lookup("global", view(name));
    return options_.qualified_name_lookup(view(name.substr(0, dot)), view(name.substr(dot + 1)));
  }

  auto put(const std::string& name, const caf::config_value& value,
           const caf::config_option* option) -> result<> {
    if (is_ours(name)) {
      runtime_settings alone;
      auto valid = read_group(name, value, alone);
      if (valid)
        valid = alone.validate();
      if (!valid)
        return std::unexpected{from_.at(name, valid.error().detail)};
    }
    if (option == nullptr) {
      caf::put(to_, name, value);
      return {};
    }
    if (option->check(value))
      return std::unexpected{
        from_.at(name, fmt::format("{} is {}; it must be of the type {}", view(option->full_name()),
                                   shown(value), view(option->type_name())))};
    option->store(value);
    caf::put(to_, option->full_name(), value); // leaves out `global.`
    return {};
  }

  const config_file& from_;
  const caf::config_option_set& options_;
  caf::settings& to_;
};

} // namespace

auto merge(const config_file& file, const caf::config_option_set& options, caf::settings& to)
  -> result<> {
  return merger{file, options, to}.merge(file.content);
}

} // namespace eventcore::detail
