#pragma once

#include <barrier>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace eventcore::testing {

/// Runs `body(i)` on `count` threads and throws what the first failing one threw, when all have ended.
inline void run_threads(std::size_t count, const std::function<void(std::size_t)>& body) {
  std::exception_ptr first;
  std::mutex guard;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i)
      threads.emplace_back([&, i] {
        try {
          body(i);
        } catch (...) {
          const std::lock_guard lock{guard};
          if (!first)
            first = std::current_exception();
        }
      });
  }
  if (first)
    std::rethrow_exception(first);
}

/// A barrier that a thread leaves for good when it goes, so that one which throws does not hold up the others.
class seat {
public:
  explicit seat(std::barrier<>& at) : at_{at} {}
  seat(const seat&) = delete;
  auto operator=(const seat&) -> seat& = delete;
  ~seat() { at_.arrive_and_drop(); }

  void wait() { at_.arrive_and_wait(); }

private:
  std::barrier<>& at_;
};

} // namespace eventcore::testing
