#pragma once

#include <cstdint>
#include <cstdlib>

namespace support {

/// The number in an environment variable, or `otherwise` when it is not set.
inline auto number_from(const char* variable, std::uint64_t otherwise) -> std::uint64_t {
  const auto* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace support
