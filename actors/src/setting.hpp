#pragma once

#include "setting_text.hpp"

#include "eventcore/actors/settings.hpp"
#include "eventcore/failure.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <caf/config_option.hpp>
#include <caf/config_value.hpp>

namespace eventcore::detail {

/// A member of `runtime_settings` that is a size.
struct size_member {
  std::size_t* count;
};

/// Where a setting goes; its type says how it is written.
using setting_member = std::variant<bool*, double*, std::string*, std::size_t*, size_member,
                                    std::chrono::milliseconds*, std::chrono::microseconds*>;

/// One setting of the group `eventcore`.
struct setting {
  std::string_view name;  ///< in full
  std::string_view about; ///< for the help text
  setting_member (*in)(runtime_settings& settings);
};

/// All of them.
auto all_settings() -> std::span<const setting>;

/// Null when no setting has this name.
auto find_setting(std::string_view name) -> const setting*;

/// A configured value as messages show it.
auto shown(const caf::config_value& value) -> std::string;

/// Sets it from a configured value. Fails with `invalid_argument` when the type or the unit is
/// wrong; the range is for `runtime_settings::validate`.
auto assign(const setting& to, const caf::config_value& value, runtime_settings& settings)
  -> result<>;

/// `assign` for all values at and below `name`, which is `eventcore` or begins with `eventcore.`.
/// Fails with `invalid_argument` also when there is a name that is no setting.
auto read_group(const std::string& name, const caf::config_value& value, runtime_settings& settings)
  -> result<>;

/// The value of a setting as CAF holds it.
auto value_of(const setting& of, runtime_settings settings) -> caf::config_value;

/// The option for CAF's command line and help. It takes any value and leaves the check to
/// `assign`: what an option refuses CAF drops from a file without a word.
auto make_option(const setting& of) -> caf::config_option;

} // namespace eventcore::detail
