#pragma once

#include "eventcore/position.hpp"

#include <atomic>
#include <chrono>
#include <memory>

namespace eventcore::testing {

/// A clock that stands still until a test moves it. Copies share the time, so one can be given to a
/// store as `store_settings::clock` and moved from outside; thread-safe.
class manual_clock {
public:
  /// Begins on 2024-01-01, 00:00 UTC, unless told otherwise.
  explicit manual_clock(timestamp start = std::chrono::sys_days{std::chrono::year{2024} / 1 / 1})
      : now_{std::make_shared<std::atomic<timestamp>>(start)} {}

  auto operator()() const -> timestamp { return now_->load(); }

  /// Moves to `time`, which may lie in the past.
  void set(timestamp time) const { now_->store(time); }

  /// Moves on by `step`, or back when it is negative.
  void advance(std::chrono::microseconds step) const {
    auto now = now_->load();
    while (!now_->compare_exchange_weak(now, now + step)) {
    }
  }

private:
  std::shared_ptr<std::atomic<timestamp>> now_;
};

} // namespace eventcore::testing
