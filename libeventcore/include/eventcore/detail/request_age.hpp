#pragma once

#include "eventcore/position.hpp"

#include <algorithm>
#include <chrono>

namespace eventcore::detail {

/// What was recorded before this is more than `age` old at `now`. Ages beyond 100,000 years are
/// that long.
constexpr auto older_than(timestamp now, std::chrono::milliseconds age) -> timestamp {
  constexpr std::chrono::milliseconds longest = std::chrono::years{100'000};
  return now - std::min(age, longest);
}

} // namespace eventcore::detail
