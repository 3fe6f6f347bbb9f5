#include "limit_series.hpp"
#include "projections.hpp"
#include "stress/clock.hpp"
#include "stress/fetch.hpp"
#include "stress/scratch.hpp"
#include "stress/upsert.hpp"
#include "verdict.hpp"

#include <eventcore/ids.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/read_sql.hpp>
#include <eventcore/stores/sql_projection.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <optional>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <soci/soci.h>

namespace stress {

namespace {

constexpr std::size_t together = 1000; // events of a page, and of a transaction

auto bare_fetch_of(const options& given) -> std::optional<bench::bare_fetch> {
  switch (given.kind()) {
  case store_kind::sqlite:
    return bench::bare_fetch::from_sqlite(given.file().string());
  case store_kind::postgres:
    return bench::bare_fetch::from_postgres(given.store, given.schema);
  case store_kind::memory:
    break;
  }
  return std::nullopt;
}

/// A projection and what it is compared with, in turn: events per second.
class contest {
public:
  contest(std::string what, std::uint64_t events) : what_{std::move(what)}, events_{events} {}

  void ran(double seconds) { ours_.push_back(rate(seconds)); }
  void bare(double seconds) { bare_.push_back(rate(seconds)); }

  void add_to(report& into) const {
    projection_result made{
      .what = what_, .events = events_, .events_per_s = rounded(median(ours_))};
    if (!bare_.empty()) {
      std::vector<double> ratios; // of neighbours: what else the machine does is the same for both
      for (std::size_t i = 0; i < ours_.size(); ++i)
        ratios.push_back(ours_[i] / bare_[i]);
      made.raw_events_per_s = rounded(median(bare_));
      made.ratio_to_raw = rounded(median(ratios));
    }
    into.projections.push_back(std::move(made));
  }

private:
  auto rate(double seconds) const -> double {
    return static_cast<double>(events_) / std::max(seconds, 1e-9);
  }

  std::string what_;
  std::uint64_t events_;
  std::vector<double> ours_;
  std::vector<double> bare_;
};

/// What each transaction of `together` events changes: one row for each account.
auto changes_in_log(ec::event_store& store) -> std::vector<bench::balance_changes> {
  std::vector<bench::balance_changes> all;
  ec::read_log query{.page = {.events = together}};
  for (bool complete = false; !complete;) {
    const auto page = ec::unwrap(store.read(query));
    money_sums moved;
    for (const auto& event : page.events)
      moved.add(event.position, ec::info_of(event).key(), 1);
    bench::balance_changes changes;
    for (const auto& [account, cents] : moved.cents)
      changes.push_back({account, cents});
    std::ranges::sort(changes, {}, &bench::balance_change::account);
    if (!changes.empty())
      all.push_back(std::move(changes));
    query.after = page.through;
    complete = page.complete;
  }
  return all;
}

auto time_bare_upserts(const options& given, const std::vector<bench::balance_changes>& all)
  -> double {
  if (given.kind() == store_kind::postgres)
    return bench::time_upserts(bench::scratch_schema{given.store}, all);
  const bench::scratch_folder folder{given.folder()
                                     / fmt::format("eventcore-stress-{}.tmp", getpid())};
  return bench::time_upserts(folder.file(), all);
}

struct table_sums {
  long long accounts = 0;
  long long cents = 0;
};

auto table_of(ec::event_store& store) -> table_sums {
  return ec::unwrap(ec::read_sql(store, [](ec::sql_context& sql) -> ec::result<table_sums> {
    table_sums found;
    soci::indicator is_there{};
    sql.session() << "SELECT count(*), CAST(sum(cents) AS BIGINT) FROM "
                       + sql.table("stress_balances"),
      soci::into(found.accounts), soci::into(found.cents, is_there);
    return found;
  }));
}

} // namespace

auto mark(ec::log_position at) -> std::uint64_t {
  auto x = at.value + 0x9E3779B97F4A7C15; // splitmix64
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EB;
  return x ^ (x >> 31U);
}

void fill_with_deposits(ec::event_store& store, std::uint64_t events, std::size_t accounts) {
  auto head = ec::unwrap(store.head()).position.value;
  if (head >= events)
    return;
  fmt::print("  writing {} events on {} streams\n", events - head, accounts);
  std::fflush(stdout);
  const auto payload = ec::to_json(money_deposited{1, money_note()});
  auto& ids = ec::random_ids();
  std::vector<ec::stream_head> heads(accounts);
  const auto run = ids.next_commit().text(); // names streams that are new
  while (head < events) {
    std::vector<ec::write_set> sets(std::min<std::uint64_t>(together, events - head));
    for (auto& set : sets) {
      const auto number = head++ % accounts;
      auto& at = heads[number];
      set.commit = ids.next_commit();
      set.reads.push_back(
        {ec::stream_id::trusted(fmt::format("account-{}-{}", run.substr(0, 8), number)), at});
      set.events.push_back({.id = ids.next_event({}),
                            .type = std::string{ec::event_name<money_deposited>()},
                            .payload = payload});
      at = {{at.version.value + 1}, set.commit};
    }
    append_all(store, sets);
  }
}

auto sums_of_log(ec::event_store& store) -> money_sums {
  money_sums sums;
  ec::read_log query;
  for (bool complete = false; !complete;) {
    const auto page = ec::unwrap(store.read(query));
    for (const auto& event : page.events) {
      const auto deposit = event.type == ec::event_name<money_deposited>();
      const auto cents = deposit ? ec::unwrap(ec::from_json<money_deposited>(event.payload)).cents
                                 : -ec::unwrap(ec::from_json<money_withdrawn>(event.payload)).cents;
      sums.add(event.position, ec::info_of(event).key(), cents);
    }
    query.after = page.through;
    complete = page.complete;
  }
  return sums;
}

void measure_catch_up(ec::event_store& store, const options& given, report& into) {
  const auto expected = sums_of_log(store);
  contest both{"catch-up in memory", expected.events};
  verdict right{"catch_up_applied_each_event_once"};
  auto bare = bare_fetch_of(given);
  for (std::size_t i = 0; i < given.rounds; ++i) {
    balances<> model;
    both.ran(bench::time_of([&] {
      ec::unwrap(ec::run(store, model, {.page = {.events = together}, .from = ec::checkpoint{}}));
    }));
    right.require(model.sums == expected, "{} events were applied, the log holds {}",
                  model.sums.events, expected.events);
    if (bare)
      both.bare(bench::time_of([&] { (void)bare->log(); }));
  }
  both.add_to(into);
  into.checks.push_back(right.take());
}

void measure_sql(ec::event_store& store, const options& given, report& into) {
  const auto expected = sums_of_log(store);
  std::int64_t cents = 0;
  for (const auto& [account, held] : expected.cents)
    cents += held;
  const auto changes = changes_in_log(store);
  contest both{"catch-up in SQL", expected.events};
  verdict right{"table_holds_each_event_once"};
  const auto projection = ec::sql_projection<balances_in_sql>();
  for (std::size_t i = 0; i < given.rounds; ++i) {
    if (const auto kept = ec::unwrap(store.load_checkpoint(balances_in_sql::name)))
      ec::unwrap(projection->clear(store, {.name = balances_in_sql::name, .from = *kept}));
    both.ran(bench::time_of(
      [&] { ec::unwrap(ec::run(store, projection, {.page = {.events = together}})); }));
    const auto found = table_of(store);
    right.require(static_cast<std::size_t>(found.accounts) == expected.cents.size()
                    && found.cents == cents,
                  "the table holds {} accounts and {} cents, the log {} and {}", found.accounts,
                  found.cents, expected.cents.size(), cents);
    both.bare(time_bare_upserts(given, changes));
  }
  both.add_to(into);
  into.checks.push_back(right.take());
}

} // namespace stress
