#pragma once

#include "eventcore/failure.hpp"

#include <functional>
#include <istream>
#include <map>
#include <string>
#include <string_view>

#include <caf/settings.hpp>

namespace eventcore::detail {

/// What a configuration file says, before anything is checked.
struct config_file {
  std::string path;
  caf::settings content{};
  std::map<std::string, int, std::less<>> lines{}; ///< of each setting, by its full name

  /// A failure about a setting, which begins with the place: `caf-application.conf:3: `.
  auto at(std::string_view name, const std::string& what) const -> failure;
};

/// Reads CAF's format: `[section]`, `group { }`, both, repeated and mixed. Differs from CAF's own
/// reading in what CAF loses: a block or section of a group that came before adds to it instead
/// of replacing it or being dropped, and what stands behind a value on its line is refused.
/// `path` is for messages.
auto read_config(std::istream& in, std::string path) -> result<config_file>;

} // namespace eventcore::detail
