#pragma once

#include <eventcore/execution.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace bank {

namespace ec = eventcore;

/// Takes the outcomes of commands from the threads that tell them to the one that asked.
class inbox {
public:
  struct answer {
    std::uint64_t of;
    ec::result<ec::executed> outcome;
  };

  void put(answer one) {
    {
      const std::lock_guard guard{mutex_};
      answers_.push_back(std::move(one));
    }
    arrived_.notify_one();
  }

  /// All that have come; none when none have.
  auto look() -> std::vector<answer> {
    const std::lock_guard guard{mutex_};
    return std::exchange(answers_, {});
  }

  /// All that have come, one at least: waits for it.
  auto wait() -> std::vector<answer> {
    std::unique_lock guard{mutex_};
    arrived_.wait(guard, [this] { return !answers_.empty(); });
    return std::exchange(answers_, {});
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<answer> answers_;
};

} // namespace bank
