#include "machine.hpp"
#include "opening.hpp"
#include "projections.hpp"
#include "run.hpp"
#include "stress/upsert.hpp"
#include "verdict.hpp"
#include "workload.hpp"

#include <eventcore/run.hpp>

#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace stress {

namespace {

/// Every event of the log, applied by one projection to its head.
auto check_sums(ec::event_store& store) -> check {
  const auto expected = sums_of_log(store);
  balances<> model;
  ec::unwrap(ec::run(store, model, {.from = ec::checkpoint{}}));
  verdict right{"every_event_applied_once"};
  right.require(model.sums == expected, "{} events were applied, the log holds {}",
                model.sums.events, expected.events);
  return right.take();
}

void tell(const char* what) {
  fmt::print("  {}\n", what);
  std::fflush(stdout);
}

/// The parts with clients, who deposit on accounts of their own.
auto run_with_clients(const options& given, const std::shared_ptr<ec::event_store>& store,
                      report& into) -> told {
  const auto base = head_of(*store);
  const auto work = make_workload(given, base);
  const auto counted = std::make_shared<batches>();
  clients load{*work, given.concurrency, given.seed}; // outlives the runtime, which calls it
  host on{given, store, counted};
  if (given.measures(measured::load)) {
    tell("commands beside projections");
    measure_load(on, *store, load, given, into);
  }
  if (given.measures(measured::sleeper)) {
    tell("a subscriber that sleeps");
    measure_sleeper(on, load, given, into);
  }
  into.rss_bytes = bench::resident_bytes();
  on.stop();
  auto answers = load.told_so_far(base);
  add_answers(into, load, answers, given.concurrency);
  add_batches(into, *counted);
  return answers;
}

} // namespace

auto run_projections(const options& given) -> report {
  std::optional<beating_process> other;
  if (given.measures(measured::latency) && !given.is_memory())
    other.emplace(given);
  auto made = begin_report(given);
  if (given.measures(measured::sql))
    fmt::print("SQL of the bare upsert: {}\n", given.kind() == store_kind::postgres
                                                 ? bench::postgres_upsert_sql
                                                 : bench::sqlite_upsert_sql);
  auto store = open_for_run(given);
  fill_with_deposits(*store, given.events, given.streams);
  if (given.measures(measured::catch_up)) {
    tell("catching up in memory");
    measure_catch_up(*store, given, made);
  }
  if (given.measures(measured::sql)) {
    tell("catching up in SQL");
    measure_sql(*store, given, made);
  }
  if (given.measures(measured::latency)) {
    tell("latency");
    measure_latency(store, given, other ? &*other : nullptr, made);
  }
  other.reset();
  made.rss_bytes = bench::resident_bytes();
  const auto answers = run_with_clients(given, store, made);
  store = open_afresh(given, std::move(store));
  made.checks.push_back(check_sums(*store));
  for (auto& one : check_run(*store, given, answers))
    made.checks.push_back(std::move(one));
  return made;
}

} // namespace stress
