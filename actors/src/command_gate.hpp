#pragma once

#include "eventcore/failure.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

namespace eventcore::actors {

/// Counts the commands of a runtime from their coming until they are answered, and keeps out those
/// past a bound or after the closing. Thread-safe.
class command_gate {
public:
  explicit command_gate(std::size_t most) : most_{most} {}

  /// Lets one command in; fails with `overloaded` or `shutting_down`. Each that came in must leave.
  auto enter() -> result<>;
  void leave();

  /// Lets nobody in any more.
  void close();

  /// Waits until all have left; false when `longest` was over before.
  auto wait_until_empty(std::chrono::milliseconds longest) -> bool;

  auto inside() const -> std::size_t { return inside_.load(std::memory_order_relaxed); }
  auto is_closed() const -> bool { return closed_.load(); }

private:
  const std::size_t most_;
  std::atomic<std::size_t> inside_{0};
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::condition_variable left_;
};

} // namespace eventcore::actors
