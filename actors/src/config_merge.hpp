#pragma once

#include "config_file.hpp"

#include "eventcore/failure.hpp"

#include <caf/config_option_set.hpp>
#include <caf/settings.hpp>

namespace eventcore::detail {

/// Puts the content of a file into a configuration. Settings of our group and values of registered
/// options are checked first, and options store theirs in the members that they are bound to; names
/// of other groups without an option are taken as they are.
auto merge(const config_file& file, const caf::config_option_set& options, caf::settings& to)
  -> result<>;

} // namespace eventcore::detail
