#pragma once

#include "eventcore/failure.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace eventcore::detail {

/// The code that `to_string` gives this name; nothing when none has it.
inline auto errc_of(std::string_view name) -> std::optional<errc> {
  constexpr auto last = static_cast<std::uint8_t>(errc::archived);
  for (std::uint8_t i = 1; i <= last; ++i)
    if (const auto code = static_cast<errc>(i); to_string(code) == name)
      return code;
  return std::nullopt;
}

} // namespace eventcore::detail
