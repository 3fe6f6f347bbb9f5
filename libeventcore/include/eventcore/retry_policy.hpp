#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/write_set.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string_view>
#include <vector>

namespace eventcore {

/// One attempt of a command that failed and will be made again.
struct retry {
  std::string_view command;             ///< its stable name
  std::uint32_t attempt = 1;            ///< the attempt that failed, counted from 1
  std::chrono::microseconds delay{};    ///< how long the command waits now
  const failure& why;                   ///< `version_conflict` or `store_unavailable`
  const std::vector<mismatch>& streams; ///< the streams that conflicted, none for a failing store
};

/// How the delay grows from one retry to the next.
enum class backoff : std::uint8_t {
  exponential = 1, ///< initial, 2 x initial, 4 x initial, ...
  linear = 2,      ///< initial, 2 x initial, 3 x initial, ...
  fixed = 3,       ///< always initial
  none = 4,        ///< no delay
};

/// When a command is tried again after a conflict or a transient failure of the store. A value:
/// copy and reuse it.
struct retry_policy {
  std::uint32_t retries = 4; ///< attempts after the first; 0 tries once
  eventcore::backoff backoff = eventcore::backoff::exponential;
  std::chrono::microseconds initial = std::chrono::milliseconds{10};
  std::chrono::microseconds cap = std::chrono::seconds{1}; ///< no delay is longer, jitter included
  double jitter =
    0.2; ///< each delay is multiplied by a random factor from 1 - jitter to 1 + jitter; 0 to 1
  std::optional<std::chrono::microseconds>
    total{}; ///< no retry begins later than this after the command began

  /// Called before each wait, on the thread that runs the command; must not throw. May be empty.
  std::function<void(const retry&)> on_retry{};

  /// A policy that tries once.
  static auto never() -> retry_policy { return {.retries = 0}; }

  /// The delay before the retry that follows the failed attempt `attempt` (from 1). `random` is
  /// uniform in [0, 1).
  auto delay_after(std::uint32_t attempt, double random) const -> std::chrono::microseconds;

  /// Fails with `invalid_argument` when a member is out of its range.
  auto validate() const -> result<>;
};

/// A hook that writes one line for each retry: command, attempt, delay, streams. `out` must outlive
/// it; lines of several threads do not mix.
auto log_retries(std::ostream& out) -> std::function<void(const retry&)>;

/// Counts retries, from any thread. `hook` counts and then calls `next`, if there is one.
struct retry_counters {
  std::atomic<std::uint64_t> conflicts = 0;      ///< attempts repeated because of a conflict
  std::atomic<std::uint64_t> store_failures = 0; ///< attempts repeated because of the store
  std::atomic<std::uint64_t> waited_us = 0;      ///< microseconds spent waiting

  /// The counters must outlive the hook.
  auto hook(std::function<void(const retry&)> next = {}) -> std::function<void(const retry&)>;
};

} // namespace eventcore
