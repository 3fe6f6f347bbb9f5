#pragma once

#include "eventcore/position.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>

namespace eventcore::detail {

/// The moment `patience` from now; a patience without end gives a moment that never comes.
auto deadline_after(std::chrono::milliseconds patience) -> std::chrono::steady_clock::time_point;

/// The latest log head that a store has seen, for callers who wait until it moves. Thread-safe.
class head_watch {
public:
  /// Shows a head that is in the database; one below the latest changes nothing. Wakes those who
  /// waited for it.
  void show(const log_head& head);

  /// The same, but takes the place of the latest also when it is below it: the database may be
  /// another one by now.
  void show_anew(const log_head& head);

  /// The latest head as soon as it is beyond `known`; nothing when `deadline` comes first.
  auto wait_beyond(log_position known, std::chrono::steady_clock::time_point deadline)
    -> std::optional<log_head>;

  /// The position of the latest head.
  auto position() const -> log_position;

private:
  mutable std::mutex guard_;
  std::condition_variable moved_;
  log_head latest_;
};

} // namespace eventcore::detail
