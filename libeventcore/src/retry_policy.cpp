#include "eventcore/retry_policy.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <ostream>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

auto retry_policy::delay_after(std::uint32_t attempt, double random) const
  -> std::chrono::microseconds {
  const auto base = static_cast<double>(initial.count());
  const auto growth = [&] {
    switch (backoff) {
    case backoff::exponential:
      return std::ldexp(base, static_cast<int>(std::min(attempt - 1, 62U)));
    case backoff::linear:
      return base * attempt;
    case backoff::fixed:
      return base;
    case backoff::none:
      break;
    }
    return 0.0;
  }();
  const auto longest = static_cast<double>(cap.count());
  const auto varied = std::min(growth, longest) * (1.0 - jitter + 2.0 * jitter * random);
  return std::chrono::microseconds{std::llround(std::min(varied, longest))};
}

auto retry_policy::validate() const -> result<> {
  if (initial.count() < 0 || cap.count() < 0 || (total && total->count() < 0))
    return fail(errc::invalid_argument, "a duration of the retry policy is negative");
  if (!(jitter >= 0.0 && jitter <= 1.0))
    return fail(errc::invalid_argument,
                fmt::format("the jitter of the retry policy is {}, it must be in [0, 1]", jitter));
  return {};
}

auto log_retries(std::ostream& out) -> std::function<void(const retry&)> {
  auto writing = std::make_shared<std::mutex>();
  return [&out, writing](const retry& again) {
    const auto line =
      fmt::format("retry of {} after attempt {} in {:.1f} ms: {}\n", again.command, again.attempt,
                  static_cast<double>(again.delay.count()) / 1000.0, again.why.text());
    const std::lock_guard guard{*writing};
    out << line << std::flush;
  };
}

auto retry_counters::hook(std::function<void(const retry&)> next)
  -> std::function<void(const retry&)> {
  return [this, next = std::move(next)](const retry& again) {
    auto& counter = again.why.code == errc::version_conflict ? conflicts : store_failures;
    counter.fetch_add(1, std::memory_order_relaxed);
    waited_us.fetch_add(static_cast<std::uint64_t>(again.delay.count()), std::memory_order_relaxed);
    if (next)
      next(again);
  };
}

} // namespace eventcore
