#include "eventcore/wait_until.hpp"

#include "eventcore/detail/head_watch.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace eventcore {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{1};
constexpr milliseconds longest_pause{50};

} // namespace

auto wait_until(event_store& store, std::string_view projection, log_position position,
                milliseconds patience) -> result<checkpoint> {
  const auto deadline = detail::deadline_after(patience);
  for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
    const auto kept = store.load_checkpoint(projection);
    if (!kept)
      return std::unexpected{kept.error()};
    const auto at = kept->value_or(checkpoint{});
    if (at.position >= position)
      return at;
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline)
      return fail(
        errc::timed_out,
        fmt::format("projection '{}' is at position {} and did not reach {} within {} ms; "
                    "look whether it runs and how far behind it is",
                    projection, at.position.value, position.value, patience.count()));
    std::this_thread::sleep_until(std::min(deadline, now + pause));
  }
}

} // namespace eventcore
