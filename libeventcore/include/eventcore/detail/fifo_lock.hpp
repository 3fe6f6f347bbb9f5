#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace eventcore::detail {

/// A mutex that serves its callers in the order they come. Meets what `std::lock_guard` asks for.
class fifo_lock {
public:
  void lock();
  void unlock();

  /// How many wait in the queue.
  auto waiting() -> std::size_t;

private:
  struct waiter {
    std::condition_variable wake{};
    waiter* next = nullptr;
    bool called = false;
  };

  std::mutex guard_;
  bool taken_ = false;
  waiter* first_ = nullptr;
  waiter* last_ = nullptr;
};

} // namespace eventcore::detail
