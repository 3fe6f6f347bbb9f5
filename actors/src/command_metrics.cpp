#include "command_metrics.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace eventcore {

namespace {

using prometheus::Counter;

auto counter_family(prometheus::Registry& registry, const char* name, const char* help)
  -> prometheus::Family<Counter>& {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

/// The counter in `slot`, made when it is empty. Two threads that meet here get the same one from
/// the family.
template <class Labels>
auto made_in(std::atomic<Counter*>& slot, prometheus::Family<Counter>& family, const Labels& labels)
  -> Counter& {
  auto* counter = slot.load(std::memory_order_acquire);
  if (!counter) {
    counter = &family.Add(labels());
    slot.store(counter, std::memory_order_release);
  }
  return *counter;
}

} // namespace

auto seconds_buckets() -> const prometheus::Histogram::BucketBoundaries& {
  static const prometheus::Histogram::BucketBoundaries buckets{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,    0.25,    0.5,    1.0,   2.5,    5.0,   10.0, 30.0};
  return buckets;
}

auto in_seconds(std::chrono::nanoseconds time) -> double {
  return std::max(0.0, std::chrono::duration<double>{time}.count());
}

command_metrics::command_metrics(prometheus::Registry& registry)
    : ended_{counter_family(registry, "eventcore_commands_total",
                            "Commands that ended; outcome is committed, repeated (its request had "
                            "been done before) or the failure's code.")},
      conflicts_{counter_family(registry, "eventcore_conflicts_total",
                                "Attempts that met a version conflict of their own, cascades left "
                                "out.")},
      retries_{
        counter_family(registry, "eventcore_retries_total",
                       "Attempts that were made again, by the failure's code; a cascade only "
                       "followed from another command's conflict.")},
      seconds_{prometheus::BuildHistogram()
                 .Name("eventcore_command_seconds")
                 .Help("Time from taking a command to its outcome.")
                 .Register(registry)} {}

void command_metrics::count(const command_ended& ended) {
  auto& of = series_of(ended.command);
  of.seconds.Observe(in_seconds(ended.took));
  if (!ended.failed) {
    (ended.repeated ? of.repeated : of.committed).Increment();
    return;
  }
  made_in(of.failed[std::to_underlying(*ended.failed)], ended_, [&] {
    return prometheus::Labels{{"command", of.command},
                              {"outcome", std::string{to_string(*ended.failed)}}};
  }).Increment();
  // The conflict that a command gives up on is not made again.
  if (*ended.failed == errc::version_conflict || *ended.failed == errc::conflict_retries_exhausted)
    of.conflicts.Increment();
}

void command_metrics::count(const command_retried& retried) {
  auto& of = series_of(retried.command);
  auto& slots = retried.cascade ? of.cascaded : of.retried;
  made_in(slots[std::to_underlying(retried.why)], retries_, [&] {
    return prometheus::Labels{{"command", of.command},
                              {"why", std::string{to_string(retried.why)}},
                              {"cascade", retried.cascade ? "true" : "false"}};
  }).Increment();
  if (retried.why == errc::version_conflict && !retried.cascade)
    of.conflicts.Increment();
}

auto command_metrics::series_of(std::string_view command) -> series& {
  // By the text and not by its address: it costs 10 ns and holds whatever becomes of the address.
  const auto hash = std::hash<std::string_view>{}(command);
  if (auto* known = find(command, hash))
    return *known;
  return add(command, hash);
}

auto command_metrics::find(std::string_view command, std::size_t hash) const -> series* {
  auto* at = buckets_[hash % buckets_.size()].load(std::memory_order_acquire);
  while (at && (at->hash != hash || at->command != command))
    at = at->next;
  return at;
}

auto command_metrics::add(std::string_view command, std::size_t hash) -> series& {
  const std::lock_guard guard{adding_};
  if (auto* known = find(command, hash))
    return *known;
  std::string name{command};
  const auto with_outcome = [&](const char* outcome) -> Counter& {
    return ended_.Add({{"command", name}, {"outcome", outcome}});
  };
  auto& bucket = buckets_[hash % buckets_.size()];
  auto& seconds = seconds_.Add({{"command", name}}, seconds_buckets());
  auto& conflicts = conflicts_.Add({{"command", name}});
  auto& added = all_.emplace_back(name, hash, bucket.load(std::memory_order_relaxed), seconds,
                                  conflicts, with_outcome("committed"), with_outcome("repeated"));
  bucket.store(&added, std::memory_order_release);
  return added;
}

} // namespace eventcore
