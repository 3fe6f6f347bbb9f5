#include "fair_lock.hpp"

namespace eventcore::memory {

fair_lock::fair_lock() {
  // No ticket but the first finds its turn: the last value before the count wraps is given out long
  // after every slot was written.
  for (auto& each : slots_)
    each.turn.store(~std::uint32_t{0}, std::memory_order_relaxed);
  slots_[0].turn.store(0, std::memory_order_release);
}

void fair_lock::take_turn() {
  const auto ticket = next_ticket_.fetch_add(1, std::memory_order_relaxed);
  auto& turn = slots_[ticket % slots_.size()].turn;
  for (auto seen = turn.load(std::memory_order_acquire); seen != ticket;
       seen = turn.load(std::memory_order_acquire))
    turn.wait(seen, std::memory_order_acquire);
  turn_ = ticket;
}

void fair_lock::pass_turn() {
  const auto next = turn_ + 1;
  auto& turn = slots_[next % slots_.size()].turn;
  turn.store(next, std::memory_order_release);
  turn.notify_all(); // more than one may sleep here when there are more waiters than slots
}

void fair_lock::lock() {
  take_turn();
  for (auto seen = readers_.load(std::memory_order_acquire); seen != 0;
       seen = readers_.load(std::memory_order_acquire))
    readers_.wait(seen, std::memory_order_acquire);
}

void fair_lock::unlock() { pass_turn(); }

void fair_lock::lock_shared() {
  take_turn();
  readers_.fetch_add(
    1,
    std::memory_order_relaxed); // no writer has the turn, so none looks at it before it is passed
  pass_turn();
}

void fair_lock::unlock_shared() {
  if (readers_.fetch_sub(1, std::memory_order_release) == 1)
    readers_.notify_one(); // only the writer whose turn it is can sleep here
}

} // namespace eventcore::memory
