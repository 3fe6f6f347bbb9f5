#pragma once

#include "eventcore/position.hpp"

#include <cstdint>

namespace eventcore {

/// Where new ids come from. Tests give one that always says the same.
class id_source {
public:
  virtual ~id_source() = default;

  /// A new id for one decision: 128 random bits.
  virtual auto next_commit() -> commit_id = 0;

  /// A new id for an event that is made at `now`.
  virtual auto next_event(timestamp now) -> event_id = 0;
};

/// Ids from the operating system's random source; event ids are UUIDv7 (RFC 9562). Thread-safe; a
/// forked child does not repeat its parent's ids.
auto random_ids() -> id_source&;

/// 64 bits from the operating system's random source. Thread-safe, safe across fork.
auto random_bits() -> std::uint64_t;

} // namespace eventcore
