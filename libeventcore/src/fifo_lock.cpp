#include "eventcore/detail/fifo_lock.hpp"

namespace eventcore::detail {

void fifo_lock::lock() {
  std::unique_lock guard{guard_};
  if (!taken_) {
    taken_ = true;
    return;
  }
  waiter self;
  (last_ ? last_->next : first_) = &self;
  last_ = &self;
  self.wake.wait(guard, [&] { return self.called; });
}

// The lock passes to the first in the queue without being free in between.
void fifo_lock::unlock() {
  const std::lock_guard guard{guard_};
  if (!first_) {
    taken_ = false;
    return;
  }
  auto& next = *first_;
  first_ = next.next;
  if (!first_)
    last_ = nullptr;
  next.called = true;
  next.wake.notify_one(); // while guarded: the waiter is gone once it has seen the call
}

auto fifo_lock::waiting() -> std::size_t {
  const std::lock_guard guard{guard_};
  std::size_t count = 0;
  for (const auto* each = first_; each; each = each->next)
    ++count;
  return count;
}

} // namespace eventcore::detail
