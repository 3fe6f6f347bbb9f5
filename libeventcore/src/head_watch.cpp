#include "eventcore/detail/head_watch.hpp"

#include <algorithm>

namespace eventcore::detail {

auto deadline_after(std::chrono::milliseconds patience) -> std::chrono::steady_clock::time_point {
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
  return std::chrono::steady_clock::now()
         + std::clamp(patience, std::chrono::milliseconds::zero(), longest);
}

void head_watch::show(const log_head& head) {
  const std::lock_guard guard{guard_};
  if (head.position <= latest_.position)
    return;
  latest_ = head;
  moved_.notify_all();
}

void head_watch::show_anew(const log_head& head) {
  const std::lock_guard guard{guard_};
  latest_ = head;
  moved_.notify_all();
}

auto head_watch::wait_beyond(log_position known, std::chrono::steady_clock::time_point deadline)
  -> std::optional<log_head> {
  std::unique_lock guard{guard_};
  if (!moved_.wait_until(guard, deadline, [&] { return latest_.position > known; }))
    return std::nullopt;
  return latest_;
}

auto head_watch::position() const -> log_position {
  const std::lock_guard guard{guard_};
  return latest_.position;
}

} // namespace eventcore::detail
