#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace eventcore::memory {

/// A lock for one writer or many readers that serves all in the order they arrive, so nobody
/// starves. Meets the requirements of `std::lock_guard` and `std::shared_lock`. Not recursive.
class fair_lock {
public:
  fair_lock();

  void lock();
  void unlock();
  void lock_shared();
  void unlock_shared();

private:
  // Every waiter sleeps on the slot of its ticket, so that passing the turn on wakes one thread and
  // not all.
  struct alignas(64) slot {
    std::atomic<std::uint32_t> turn;
  };

  void take_turn();
  void pass_turn();

  std::atomic<std::uint32_t> next_ticket_{0};
  std::uint32_t turn_ = 0; // written only by whoever has the turn
  std::atomic<std::uint32_t> readers_{0};
  std::array<slot, 32> slots_;
};

} // namespace eventcore::memory
