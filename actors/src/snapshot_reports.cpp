#include "snapshot_reports.hpp"

#include "logging.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <spdlog/logger.h>
#include <utility>

namespace eventcore::actors {

namespace {

/// Lets one line through every 10 s, and knows how many it held back since.
class line_limit {
public:
  auto next() -> std::optional<std::uint64_t> {
    const std::lock_guard guard{guard_};
    const auto now = std::chrono::steady_clock::now();
    if (now < open_at_) {
      ++held_back_;
      return std::nullopt;
    }
    open_at_ = now + std::chrono::seconds{10};
    return std::exchange(held_back_, 0);
  }

private:
  std::mutex guard_;
  std::chrono::steady_clock::time_point open_at_{};
  std::uint64_t held_back_ = 0;
};

} // namespace

auto report_snapshots(const std::shared_ptr<spdlog::logger>& log,
                      const std::shared_ptr<observer>& watching) -> snapshot_hooks {
  const auto report = [log, watching](snapshot_fate fate) {
    return [log, watching, fate, limit = std::make_shared<line_limit>()](
             const stream_id&, const view_type& view, const failure& why) {
      watching->on_snapshot(view.kind, fate);
      if (const auto held_back = limit->next())
        log_snapshot_trouble(*log, fate, why, *held_back);
    };
  };
  return {.on_saved =
            [watching](const stream_id&, const view_type& view, const stream_head&) {
              watching->on_snapshot(view.kind, snapshot_fate::saved);
            },
          .on_ignored = report(snapshot_fate::ignored),
          .on_failed = report(snapshot_fate::failed)};
}

} // namespace eventcore::actors
