#include "eventcore/snapshots.hpp"

#include "eventcore/snapshot_state.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

// Stores serve those who write in turn, so a snapshot makes commits wait. After one that took its
// time others have the store for 20 times as long: at most 5 % of it is lost to snapshots.
constexpr int rest_factor = 20;
// A pause has an end, because what took long may have been the database.
constexpr std::chrono::seconds longest_rest{30};

} // namespace

auto snapshot_policy::every_of(const view_type& view) const -> std::uint64_t {
  if (view.format == nullptr)
    return 0;
  if (const auto named = kinds.find(view.kind); named != kinds.end())
    return named->second;
  if (every == 0 || view.format->every == state_format::by_policy)
    return every;
  return view.format->every;
}

snapshots::snapshots(event_store& store, snapshot_policy policy, snapshot_hooks hooks, works how)
    : store_{store}, policy_{std::move(policy)}, hooks_{std::move(hooks)}, how_{how} {
  if (how_ == works::by_itself)
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

snapshots::~snapshots() { stop(); }

void snapshots::offer(const stream_id& stream, const view_type& view, stream_state state) {
  if (every(view) == 0)
    return;
  const std::lock_guard guard{guard_};
  if (stopped_)
    return;
  const auto known = std::ranges::find_if(
    waiting_, [&](const candidate& one) { return one.view == &view && one.stream == stream; });
  if (known == waiting_.end()) {
    if (waiting_.size() >= most_waiting)
      return;
    waiting_.push_back({stream, &view, std::move(state)});
  } else if (known->state.head.version <= state.head.version) {
    known->state = std::move(state);
  }
  changed_.notify_all();
}

void snapshots::flush() {
  if (how_ == works::when_told) {
    while (const auto one = next())
      save(*one);
    return;
  }
  std::unique_lock guard{guard_};
  ++flushing_;
  changed_.notify_all();
  changed_.wait(guard, [&] { return stopped_ || (waiting_.empty() && !writing_); });
  --flushing_;
}

void snapshots::note_ignored(const stream_id& stream, const view_type& view,
                             const failure& why) const {
  if (hooks_.on_ignored)
    hooks_.on_ignored(stream, view, why);
}

void snapshots::stop() {
  {
    const std::lock_guard guard{guard_};
    stopped_ = true;
    waiting_.clear();
    changed_.notify_all();
  }
  const std::lock_guard guard{ending_};
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
}

auto snapshots::next() -> std::optional<candidate> {
  const std::lock_guard guard{guard_};
  if (waiting_.empty())
    return std::nullopt;
  auto one = std::move(waiting_.front());
  waiting_.pop_front();
  return one;
}

void snapshots::run(const std::stop_token& stop) {
  std::unique_lock guard{guard_};
  while (changed_.wait(guard, stop, [&] { return !waiting_.empty(); })) {
    writing_ = true;
    guard.unlock();
    const auto began = std::chrono::steady_clock::now();
    if (const auto one = next())
      save(*one);
    const auto took = std::chrono::steady_clock::now() - began;
    guard.lock();
    writing_ = false;
    changed_.notify_all();
    changed_.wait_for(guard, stop,
                      std::min<std::chrono::nanoseconds>(rest_factor * took, longest_rest),
                      [&] { return flushing_ > 0; });
  }
}

// A store does not throw; if one does all the same, only this snapshot is lost.
void snapshots::save(const candidate& one) {
  const auto save_it = [&]() -> result<bool> {
    try {
      const auto made = make_snapshot(one.stream, *one.view, one.state);
      return made ? store_.save_snapshot(*made) : std::unexpected{made.error()};
    } catch (const std::exception& thrown) {
      return fail(errc::store_unavailable, fmt::format("the store threw: {}", thrown.what()));
    } catch (...) {
      return fail(errc::store_unavailable, "the store threw something that is no std::exception");
    }
  };
  const auto saved = save_it();
  if (!saved && hooks_.on_failed)
    hooks_.on_failed(one.stream, *one.view, saved.error());
  if (saved && *saved && hooks_.on_saved)
    hooks_.on_saved(one.stream, *one.view, one.state.head);
}

} // namespace eventcore
