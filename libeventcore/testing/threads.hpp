#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace eventcore::testing {

/// Runs `body(i)` on `count` threads and throws what the first failing one threw, when all have
/// ended. `failed` is called on the failing thread after its exception was kept.
inline void run_threads(
  std::size_t count, const std::function<void(std::size_t)>& body,
  const std::function<void()>& failed = [] {}) {
  std::exception_ptr first;
  std::mutex guard;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i)
      threads.emplace_back([&, i] {
        try {
          body(i);
        } catch (...) {
          {
            const std::lock_guard lock{guard};
            if (!first)
              first = std::current_exception();
          }
          failed();
        }
      });
  }
  if (first)
    std::rethrow_exception(first);
}

/// Where threads meet. It spins, because a thread that is woken comes too late to race with the one
/// that woke it; on a machine with fewer processors the turn is passed on.
class meeting {
public:
  explicit meeting(std::size_t threads) : threads_{threads} {}

  /// Waits for all. Throws when one of them has failed, so that none waits for it.
  void wait() {
    const auto round = round_.load();
    if (arrived_.fetch_add(1) + 1 == threads_) {
      arrived_ = 0;
      ++round_;
      return;
    }
    for (int spins = 0; round_ == round; ++spins) {
      if (failed_)
        throw std::runtime_error{"another thread of the race failed"};
      if (spins > 2000)
        std::this_thread::yield();
    }
  }

  void fail() { failed_ = true; }

private:
  std::size_t threads_;
  std::atomic<std::size_t> arrived_{0};
  std::atomic<std::size_t> round_{0};
  std::atomic<bool> failed_{false};
};

/// `run_threads` for threads that meet. `failed` is called when one has failed.
inline void run_race(
  std::size_t count, const std::function<void(std::size_t, meeting&)>& body,
  const std::function<void()>& failed = [] {}) {
  meeting all{count};
  run_threads(
    count, [&](std::size_t i) { body(i, all); },
    [&] {
      all.fail();
      failed();
    });
}

} // namespace eventcore::testing
