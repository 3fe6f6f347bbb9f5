#pragma once

#include "exit_code.hpp"

#include <string_view>

namespace tool {

// What the help and the manual page say besides the definitions.

inline constexpr std::string_view version = EVENTCORE_VERSION;

inline constexpr auto about =
  "Looks into event stores and keeps them in order, whatever the types of their programs";

inline constexpr std::string_view about_in_short = "look into event stores and keep them in order";

struct described_code {
  exit_code code;
  std::string_view text;
};

inline constexpr described_code exit_codes[] = {
  {exit_code::done, "done"},
  {exit_code::failed, "the store, a file or the operation failed"},
  {exit_code::usage, "the arguments were wrong, or do not fit what is there"},
  {exit_code::damaged, "damage was found, or what was compared differs"},
  {exit_code::refused, "refused without --yes, interrupted, or its reader went away"},
};

struct described_variable {
  std::string_view name;
  std::string_view text;
};

inline constexpr described_variable environment[] = {
  {"EVENTCORE_STORE", "The store's URL when --store is not given"},
  {"NO_COLOR", "When it is set, terminals get no colours"},
};

} // namespace tool
