#include "eventcore/partitions.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <xxhash.h>

#include <fmt/format.h>

namespace eventcore {

auto partition_of(std::string_view key, std::size_t count) -> std::size_t {
  return static_cast<std::size_t>(XXH3_64bits(key.data(), key.size()) % count);
}

namespace {

/// One worker's share of a batch.
struct share {
  std::vector<recorded_event> events;
  std::vector<std::size_t> places; // of the batch's events
  log_position done{};             // it has applied all of its events up to here
  applied_events became;

  void take_up(const batch_to_apply& batch) {
    events.clear();
    places.clear();
    became = {};
    done = std::max(done, batch.from.position);
  }
};

class partitioned_applier final : public applier {
public:
  partitioned_applier(std::vector<any_projection> workers, detail::partition_key_function key)
      : workers_{std::move(workers)}, key_{key}, shares_(workers_.size()) {}

  auto type() const -> const projection_type& override { return workers_.front().type(); }

  auto apply(event_store& store, const batch_to_apply& batch) -> applied_events override {
    if (batch.is_dead_letter)
      return apply_letter(store, batch);
    const auto from = batch.from.position;
    if (from != all_did_ && from != failed_at_) // it was reset, or another program led meanwhile
      for (auto& one : shares_)
        one.done = {};
    deal(batch);
    apply_all(batch.is_late);
    auto applied = gather();
    all_did_ = applied.count == 0 ? from : batch.events[applied.count - 1].position;
    failed_at_ =
      applied.count == batch.events.size() ? all_did_ : batch.events[applied.count].position;
    return applied;
  }

  auto clear(event_store& store, const checkpoint_move& move) -> result<> override {
    if (move.from != checkpoint{})
      if (auto forgotten = save(store, move); !forgotten)
        return forgotten;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      shares_[i].done = {};
      if (auto emptied = workers_[i].reset(); !emptied)
        return emptied;
    }
    return {};
  }

private:
  auto worker_of(const recorded_event& event) const -> result<std::size_t> {
    return detail::find_partition(type().name, key_, event, workers_.size());
  }

  auto apply_letter(event_store& store, const batch_to_apply& batch) -> applied_events {
    const auto& event = batch.events.front();
    const auto worker = worker_of(event);
    if (!worker)
      return {.count = 0, .stopped_by = worker.error()};
    auto applied = workers_[*worker].apply(batch.events);
    if (applied.count == 1)
      if (auto dropped = store.drop_dead_letter(type().name, event.position); !dropped)
        return {.count = 0, .stopped_by = std::move(dropped.error())};
    return applied;
  }

  // A worker that came farther than another in a batch that failed does not see its events again.
  void deal(const batch_to_apply& batch) {
    for (auto& one : shares_)
      one.take_up(batch);
    undealt_.reset();
    for (dealt_ = 0; dealt_ < batch.events.size(); ++dealt_) {
      const auto& event = batch.events[dealt_];
      const auto worker = worker_of(event);
      if (!worker) {
        undealt_ = worker.error();
        break;
      }
      auto& one = shares_[*worker];
      if (event.position <= one.done)
        continue;
      one.events.push_back(event);
      one.places.push_back(dealt_);
    }
  }

  void apply_share(std::size_t worker, const std::function<bool()>& is_late) {
    auto& one = shares_[worker];
    one.became = workers_[worker].apply(one.events, is_late);
    if (one.became.count > 0)
      one.done = one.events[one.became.count - 1].position;
  }

  // One share is this thread's own: a single event at the log's head costs no other.
  void apply_all(const std::function<bool()>& is_late) {
    std::vector<std::jthread> threads;
    std::optional<std::size_t> own;
    for (std::size_t i = 0; i < shares_.size(); ++i)
      if (shares_[i].events.empty())
        continue;
      else if (own)
        threads.emplace_back([this, i, &is_late] { apply_share(i, is_late); });
      else
        own = i;
    if (own)
      apply_share(*own, is_late);
  }

  /// As far as all came.
  auto gather() -> applied_events {
    applied_events all{.count = dealt_, .stopped_by = std::move(undealt_)};
    for (auto& one : shares_) {
      if (one.became.count == one.events.size())
        continue;
      const auto place = one.places[one.became.count];
      if (place < all.count)
        all = {.count = place, .stopped_by = std::move(one.became.stopped_by)};
    }
    return all;
  }

  std::vector<any_projection> workers_;
  const detail::partition_key_function key_;
  std::vector<share> shares_;
  log_position all_did_{};   // of the last batch
  log_position failed_at_{}; // the event after it that some did not do
  std::size_t dealt_ = 0;    // of the batch's events
  std::optional<failure> undealt_;
};

} // namespace

auto detail::find_partition(std::string_view projection, partition_key_function key,
                            const recorded_event& event, std::size_t count) -> result<std::size_t> {
  const auto threw = [&](std::string_view what) {
    return fail(errc::handler_failed,
                fmt::format("projection '{}' has no partition for the event at position {}: "
                            "partition_by() threw: {}",
                            projection, event.position.value, what));
  };
  try {
    return partition_of(key(event), count);
  } catch (const std::exception& thrown) {
    return threw(thrown.what());
  } catch (...) {
    return threw("something that is no std::exception");
  }
}

auto detail::make_partitioned(std::vector<any_projection> workers, partition_key_function key)
  -> std::shared_ptr<applier> {
  return std::make_shared<partitioned_applier>(std::move(workers), key);
}

} // namespace eventcore
