#include "limit_series.hpp"
#include "machine.hpp"
#include "opening.hpp"
#include "run.hpp"
#include "stress/clock.hpp"
#include "stress/fetch.hpp"
#include "stress/limits.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace stress {

namespace {

constexpr std::uint64_t stream_events = 1000;

auto bare_fetch_of(const options& given) -> bench::bare_fetch {
  return given.kind() == store_kind::postgres
           ? bench::bare_fetch::from_postgres(given.store, given.schema)
           : bench::bare_fetch::from_sqlite(given.file().string());
}

/// One side's figures: events per second, each time.
using rates = std::vector<double>;

/// The two sides in turn.
struct sides {
  rates bare{};
  rates store{};

  void add_to(report& into, std::string what, std::uint64_t events) const {
    rates ratios; // of neighbours: what else the machine does is the same for both
    for (std::size_t i = 0; i < bare.size(); ++i)
      ratios.push_back(store[i] / bare[i]);
    into.reads.push_back({.what = std::move(what),
                          .events = events,
                          .raw_events_per_s = rounded(median(bare)),
                          .section_events_per_s = rounded(median(store)),
                          .ratio_to_raw = rounded(median(ratios))});
  }
};

/// Calls `read` for `time`, but once at least. Throws `std::runtime_error` when it does not read `expected` events.
auto rate_of(std::chrono::duration<double> time, std::uint64_t expected,
             const std::function<std::uint64_t()>& read) -> double {
  std::uint64_t events = 0;
  double took = 0;
  do {
    std::uint64_t found = 0;
    took += bench::time_of([&] { found = read(); });
    if (found != expected)
      throw std::runtime_error{fmt::format("{} events were read, not {}", found, expected)};
    events += found;
  } while (took < time.count());
  return static_cast<double>(events) / took;
}

auto count_log(ec::event_store& store) -> std::uint64_t {
  std::uint64_t events = 0;
  ec::read_log query;
  for (bool complete = false; !complete;) {
    const auto page = ec::unwrap(store.read(query));
    events += page.events.size();
    query.after = page.through;
    complete = page.complete;
  }
  return events;
}

/// The same number of events on each stream, lying mixed.
void fill(ec::event_store& store, std::uint64_t events) {
  constexpr std::size_t together = 1000;
  const auto batches = events / together;
  fmt::print("  writing {} events on {} streams\n", events, events / stream_events);
  std::fflush(stdout);
  bench::time_section(store, {.sets = together, .streams = events / stream_events},
                      {.batches = batches});
}

} // namespace

auto run_reading(const options& given) -> report {
  auto made = begin_report(given);
  const auto store = open_for_run(given);
  const auto events = (given.events + stream_events - 1) / stream_events * stream_events;
  if (head_of(*store).value == 0)
    fill(*store, events);
  auto bare = bare_fetch_of(given);
  const auto some_stream = ec::unwrap(store->read(ec::read_log{.page = {.events = 1}}));
  const ec::read_stream of_stream{
    .stream = ec::unwrap(ec::stream_id::of(std::string{some_stream.events.front().stream}))};
  bare.choose(of_stream.stream);
  const auto all = head_of(*store).value;
  sides stream;
  sides log;
  for (std::size_t i = 0; i < given.rounds; ++i) {
    stream.bare.push_back(rate_of(given.limit_time, stream_events, [&] { return bare.stream(); }));
    stream.store.push_back(rate_of(given.limit_time, stream_events, [&] {
      return ec::unwrap(store->read(of_stream)).events.size();
    }));
    log.bare.push_back(rate_of({}, all, [&] { return bare.log(); }));
    log.store.push_back(rate_of({}, all, [&] { return count_log(*store); }));
  }
  stream.add_to(made, "a stream", stream_events);
  log.add_to(made, "the log by position", all);
  made.rss_bytes = bench::resident_bytes();
  return made;
}

} // namespace stress
