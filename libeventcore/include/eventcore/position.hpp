#pragma once

#include "eventcore/uuid.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>

namespace eventcore {

/// A moment in UTC with microseconds, as events record it.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// How many events a stream holds, and the number of an event in its stream: 1, 2, 3, ...
/// 0 means: there is no such stream.
struct stream_version {
  std::uint64_t value = 0;

  static constexpr auto max() -> stream_version {
    return {std::numeric_limits<std::uint64_t>::max()};
  }

  friend auto operator<=>(const stream_version&, const stream_version&) = default;
};

/// The place of an event in the whole store: 1, 2, 3, ... gapless, in commit order.
/// 0 means: before the first event.
struct log_position {
  std::uint64_t value = 0;

  static constexpr auto max() -> log_position {
    return {std::numeric_limits<std::uint64_t>::max()};
  }

  friend auto operator<=>(const log_position&, const log_position&) = default;
};

/// Where a stream stands: its version and the commit that wrote its last event. A version alone
/// does not name a state, because another writer's event may take the number that ours was meant to
/// have.
struct stream_head {
  stream_version version{};
  commit_id commit{}; ///< nil at version 0

  friend auto operator==(const stream_head&, const stream_head&) -> bool = default;
};

/// Where the whole log stands: its last position, the commit there, and the latest recorded time,
/// which never goes backwards.
struct log_head {
  log_position position{};
  commit_id commit{}; ///< nil at position 0
  timestamp recorded_at{};

  friend auto operator==(const log_head&, const log_head&) -> bool = default;
};

} // namespace eventcore
