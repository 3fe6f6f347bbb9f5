#include "domain.hpp"
#include "host.hpp"
#include "limit_series.hpp"
#include "machine.hpp"
#include "opening.hpp"
#include "run.hpp"
#include "verdict.hpp"
#include "workload.hpp"

#include <eventcore/actors/runtime.hpp>
#include <eventcore/load.hpp>
#include <eventcore/snapshots.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace stress {

namespace {

using microseconds = std::chrono::duration<double, std::micro>;

auto account_of(const ec::stream_id& id) -> ec::stream<account> {
  return ec::unwrap(ec::stream<account>::from_id(id));
}

/// The time from sending a deposit to its answer.
auto time_deposit(host& on, const ec::stream_id& to) -> double {
  const auto began = std::chrono::steady_clock::now();
  ec::unwrap(on.runtime().execute_blocking(deposit{account_of(to), 1}));
  return microseconds{std::chrono::steady_clock::now() - began}.count();
}

struct first_and_second {
  double first = 0;
  double second = 0;
};

/// In a new runtime, on a store that is opened anew, when all connections are there.
auto time_cold(const options& given, const ec::stream_id& stream) -> first_and_second {
  const auto store = open_for_run(given);
  host on{given, store, std::make_shared<batches>()};
  for (int i = 0; i < 4; ++i) // each reader once
    time_deposit(on, new_account(head_of(*store), 0, 0));
  const auto first = time_deposit(on, stream);
  const auto second = time_deposit(on, stream);
  on.stop();
  return {first, second};
}

/// Brings the stream to a length and takes a snapshot half-way to the next one, as it is on average.
auto prepare(ec::event_store& store, const options& given, const ec::stream_id& stream)
  -> std::uint64_t {
  const auto every = given.snapshots.value_or(ec::snapshot_policy{}.every);
  const auto tail = std::min<std::uint64_t>(every / 2, given.events / 2);
  fmt::print("  writing {} events on one stream\n", given.events);
  std::fflush(stdout);
  preload(store, {&stream, 1}, given.events - tail);
  ec::snapshots kept{store, {.every = every}, {}, ec::snapshots::works::when_told};
  const auto& view = ec::view_type_of<account>;
  const ec::wanted_state wanted{stream, &view};
  kept.offer(stream, view, ec::unwrap(ec::load_states(store, {&wanted, 1})).front());
  kept.flush();
  preload(store, {&stream, 1}, given.events);
  return tail;
}

} // namespace

auto run_cold(const options& given) -> report {
  auto made = begin_report(given);
  const auto stream = shared_account();
  cold_result cold{.events = given.events};
  cold.tail = prepare(*open_for_run(given), given, stream);
  auto with = given;
  with.keep = true;
  auto without = with;
  without.snapshots = 0;
  std::vector<double> with_us;
  std::vector<double> without_us;
  std::vector<double> warm_us;
  std::vector<double> ratios; // of neighbours: what else the machine does is the same for both
  for (std::size_t i = 0; i < given.rounds; ++i) {
    const auto quick = time_cold(with, stream);
    const auto slow = time_cold(without, stream);
    with_us.push_back(quick.first);
    without_us.push_back(slow.first);
    warm_us.push_back(quick.second);
    ratios.push_back(slow.first / quick.first);
  }
  cold.with_us = rounded(median(with_us));
  cold.without_us = rounded(median(without_us));
  cold.warm_us = rounded(median(warm_us));
  cold.ratio = rounded(median(ratios));
  made.cold = cold;
  made.rss_bytes = bench::resident_bytes();
  const auto store = open_for_run(with);
  const auto all = ec::unwrap(ec::load(*store, account_of(stream)));
  verdict right{"each_deposit_counts_once"};
  right.require(all.state.balance == static_cast<std::int64_t>(4 * given.rounds)
                  && all.head.version.value == given.events + 4 * given.rounds,
                "the stream has {} events and {} cents", all.head.version.value, all.state.balance);
  made.checks.push_back(right.take());
  return made;
}

} // namespace stress
