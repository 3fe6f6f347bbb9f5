#include "page_ahead.hpp"

#include <system_error>
#include <utility>

namespace eventcore {

void page_ahead::begin(batch_query query) {
  try {
    if (!thread_.joinable())
      thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
  } catch (const std::system_error&) { // the page is read in its turn
    return;
  }
  begun_ = query.after;
  {
    const std::lock_guard guard{guard_};
    wanted_ = std::move(query);
    is_reading_ = true;
  }
  changed_.notify_all();
}

auto page_ahead::take(const checkpoint& after) -> std::optional<page> {
  const auto begun = std::exchange(begun_, std::nullopt);
  if (!begun)
    return std::nullopt;
  std::unique_lock guard{guard_};
  changed_.wait(guard, [this] { return !is_reading_; });
  auto ready = std::exchange(ready_, std::nullopt);
  return begun == after ? std::move(ready) : std::nullopt;
}

void page_ahead::end() {
  thread_ = {};
  begun_.reset();
  wanted_.reset();
  ready_.reset();
  is_reading_ = false;
}

void page_ahead::run(const std::stop_token& stop) {
  std::unique_lock guard{guard_};
  while (changed_.wait(guard, stop, [this] { return wanted_.has_value(); })
         && !stop.stop_requested()) {
    const auto query = *std::exchange(wanted_, std::nullopt);
    guard.unlock();
    std::optional<page> made;
    try {
      made = read(query, stop);
    } catch (...) { // it is read again in its turn, where somebody hears of that
    }
    guard.lock();
    ready_ = std::move(made);
    is_reading_ = false;
    changed_.notify_all();
  }
}

auto page_ahead::read(const batch_query& query, const std::stop_token& stop) const -> page {
  page made{.batch = read_batch(store_, query), .prepared = nullptr};
  if (!made.batch || made.batch->events.empty() || stop.stop_requested())
    return made;
  try {
    made.prepared = into_.prepare(made.batch->events);
  } catch (...) { // its events are taken in their turn
  }
  return made;
}

} // namespace eventcore
