#pragma once

#include "eventcore/actors/observer.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <string>
#include <string_view>

namespace eventcore {

/// Seconds with buckets from 100 us to 30 s, for everything that takes its time.
auto seconds_buckets() -> const prometheus::Histogram::BucketBoundaries&;

/// For a histogram of seconds; a time below 0 counts as 0.
auto in_seconds(std::chrono::nanoseconds time) -> double;

/// What is counted about commands, by their names. Thread-safe; a name that was seen before takes no
/// lock to find.
class command_metrics {
public:
  /// `registry` must outlive it.
  explicit command_metrics(prometheus::Registry& registry);

  void count(const command_ended& ended);
  void count(const command_retried& retried);

private:
  using counters = prometheus::Family<prometheus::Counter>;

  // One for each value of the byte that `errc` is, so that a new code needs no change here. A
  // series appears when it first counts.
  using counters_by_code = std::array<std::atomic<prometheus::Counter*>, 256>;

  struct series {
    std::string command;
    std::size_t hash;
    series* next; // with the same bucket
    prometheus::Histogram& seconds;
    prometheus::Counter& conflicts;
    prometheus::Counter& committed;
    prometheus::Counter& repeated;
    counters_by_code failed{};
    counters_by_code retried{};
    counters_by_code cascaded{};
  };

  auto series_of(std::string_view command) -> series&;
  auto find(std::string_view command, std::size_t hash) const -> series*;
  auto add(std::string_view command, std::size_t hash) -> series&;

  counters& ended_;
  counters& conflicts_;
  counters& retries_;
  prometheus::Family<prometheus::Histogram>& seconds_;

  std::array<std::atomic<series*>, 256> buckets_{}; // lists that only grow, at their beginnings
  std::mutex adding_;
  std::deque<series> all_;
};

} // namespace eventcore
