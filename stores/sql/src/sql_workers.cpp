#include "sql_workers.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace eventcore::detail {

namespace {

auto is_number(std::string_view text) -> bool {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return '0' <= c && c <= '9'; });
}

// Whether `checkpoint` is a worker's, as `balances/2of4` is of `balances`.
auto is_workers(std::string_view checkpoint, std::string_view projection) -> bool {
  if (!checkpoint.starts_with(projection))
    return false;
  checkpoint.remove_prefix(projection.size());
  const auto of = checkpoint.find("of");
  return checkpoint.starts_with('/') && of != std::string_view::npos
         && is_number(checkpoint.substr(1, of - 1)) && is_number(checkpoint.substr(of + 2));
}

} // namespace

/// A worker's part of a batch.
struct sql_workers::share {
  std::vector<recorded_event> events{};
  std::vector<std::size_t> places{}; ///< of these events in the batch
  applied_events done{};
};

sql_workers::sql_workers(const sql_target& target, std::size_t count) : target_{target} {
  if (count > 1)
    for (std::size_t i = 1; i <= count; ++i)
      names_.push_back(fmt::format("{}/{}of{}", target.checkpoint, i, count));
}

auto sql_workers::is_own(std::string_view checkpoint) const -> bool {
  return std::ranges::find(names_, checkpoint) != names_.end();
}

auto sql_workers::load(event_store& store, const checkpoint& reached) -> result<> {
  progress_.reset();
  const auto kept = store.list_checkpoints();
  if (!kept)
    return std::unexpected{kept.error()};
  for (const auto& [name, at] : *kept)
    if (is_workers(name, target_.checkpoint) && !is_own(name) && at.position > reached.position)
      return fail(errc::invalid_argument,
                  fmt::format("projection '{}' stands at position {}, but its worker '{}' is ahead "
                              "at {}: it was stopped between them; run it once more with as many "
                              "workers as it had, or rebuild it",
                              target_.checkpoint, reached.position.value, name, at.position.value));
  std::vector<checkpoint> progress(names_.size());
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (const auto found = std::ranges::find(*kept, names_[i], &named_checkpoint::name);
        found != kept->end())
      progress[i] = found->at;
  progress_ = std::move(progress);
  return {};
}

auto sql_workers::worker_of(const recorded_event& event) const -> result<std::size_t> {
  return find_partition(target_.type.events->name, target_.type.key, event, names_.size());
}

// Up to an event that is nobody's.
auto sql_workers::split(const batch_to_apply& batch, applied_events& dealt) const
  -> std::vector<share> {
  std::vector<share> shares(names_.size());
  for (dealt.count = 0; dealt.count < batch.events.size(); ++dealt.count) {
    const auto& event = batch.events[dealt.count];
    const auto worker = worker_of(event);
    if (!worker) {
      dealt.stopped_by = worker.error();
      break;
    }
    if (event.position <= (*progress_)[*worker].position)
      continue;
    shares[*worker].events.push_back(event);
    shares[*worker].places.push_back(dealt.count);
  }
  return shares;
}

auto sql_workers::apply(event_store& store, const batch_to_apply& batch) -> applied_events {
  if (!progress_)
    if (auto loaded = load(store, batch.from); !loaded)
      return {.count = 0, .stopped_by = std::move(loaded.error())};
  applied_events all;
  auto shares = split(batch, all);
  auto to = batch.to;
  if (all.stopped_by && all.count > 0)
    to = {batch.events[all.count - 1].position, batch.events[all.count - 1].commit};
  {
    std::vector<std::jthread> running;
    for (std::size_t worker = 0; worker < shares.size(); ++worker)
      if (auto& part = shares[worker]; !part.events.empty())
        running.emplace_back([&, worker] {
          auto target = target_;
          target.checkpoint = names_[worker];
          target.is_part = true;
          auto own = batch;
          own.events = part.events;
          own.from = (*progress_)[worker];
          own.to = to;
          part.done = apply_in_transaction(store, target, own);
        });
  }
  for (std::size_t worker = 0; worker < shares.size(); ++worker) {
    auto& part = shares[worker];
    if (part.events.empty())
      continue;
    (*progress_)[worker] = to;
    if (part.done.stopped_by && part.places[part.done.count] < all.count) {
      all.count = part.places[part.done.count];
      all.stopped_by = std::move(part.done.stopped_by);
    }
  }
  if (all.stopped_by)
    progress_.reset();
  return all;
}

auto sql_workers::checkpoints(const std::vector<named_checkpoint>& all,
                              const std::vector<std::string_view>& projections)
  -> std::vector<named_checkpoint> {
  std::vector<named_checkpoint> found;
  for (const auto& one : all)
    if (std::ranges::any_of(projections,
                            [&](std::string_view name) { return is_workers(one.name, name); }))
      found.push_back(one);
  return found;
}

} // namespace eventcore::detail
