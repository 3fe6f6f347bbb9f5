#include "audits.hpp"
#include "bench/inline_host.hpp"
#include "domain.hpp"

#include <eventcore/stores/memory.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

// The checks pass on a good run, and each of them fails when what it guards is broken.

namespace ec = eventcore;

namespace {

/// A run on the memory store, with one client of each kind of answer.
struct finished_run {
  explicit finished_run(stress::scenario which)
      : given{.scenario = which, .concurrency = 3, .streams = 10, .passes = 1} {
    const auto work = stress::make_workload(given, {});
    work->prepare(*store);
    told.base = ec::unwrap(store->head()).position;
    stress::clients all{*work, given.concurrency, 1};
    const std::uint64_t commands = which == stress::scenario::touch ? given.streams : 30;
    all.run(stress::execute_inline(*store), {.commands = commands});
    told.clients = all.told_so_far(told.base).clients;
  }

  auto check() const -> std::vector<stress::check> {
    return stress::check_run(*store, given, told);
  }

  std::shared_ptr<ec::event_store> store = ec::memory::open();
  stress::options given;
  stress::told told;
};

/// The names of the checks that fail.
auto failed(const std::vector<stress::check>& checks) -> std::string {
  std::string names;
  for (const auto& one : checks)
    if (!one.pass)
      names += names.empty() ? one.name : " " + one.name;
  return names;
}

/// Events of a log that nobody would write, for an audit to see.
class forged_log {
public:
  void add(std::string_view stream, std::string_view type, std::string payload,
           ec::commit_id commit, std::uint64_t version = 1) {
    payloads_.push_back(std::make_unique<std::string>(std::move(payload)));
    events_.push_back({.position = {events_.size() + 1},
                       .version = {version},
                       .stream = stream,
                       .commit = commit,
                       .type = type,
                       .payload = *payloads_.back()});
  }

  auto check(const std::unique_ptr<stress::audit>& by) const -> bool {
    for (const auto& event : events_)
      by->take(event);
    return by->finish({.position = {events_.size()}}).pass;
  }

  auto events() -> std::vector<ec::recorded_event>& { return events_; }

private:
  std::vector<ec::recorded_event> events_;
  std::vector<std::unique_ptr<std::string>> payloads_;
};

auto commit(std::uint8_t number) -> ec::commit_id { return {{number}}; }

auto withdrawn(std::int64_t cents) -> std::string {
  return ec::to_json(stress::money_withdrawn{cents, ""});
}
auto deposited(std::int64_t cents) -> std::string {
  return ec::to_json(stress::money_deposited{cents, ""});
}

auto told_of(std::uint64_t succeeded) -> stress::told {
  return {.clients = {{.succeeded = succeeded}}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(stress_audits)

BOOST_AUTO_TEST_CASE(good_runs_pass) {
  using enum stress::scenario;
  for (const auto which : {contention, throughput, transfers, discovery, saturation, touch})
    BOOST_TEST(failed(finished_run{which}.check()) == "", to_string(which));
}

BOOST_AUTO_TEST_CASE(a_lost_command_is_found) {
  finished_run deposits{stress::scenario::contention};
  ++deposits.told.clients[1].succeeded;
  BOOST_TEST(failed(deposits.check()) == "events_are_successful_commands");

  finished_run own{stress::scenario::throughput};
  ++own.told.clients[1].succeeded;
  BOOST_TEST(failed(own.check()) == "each_stream_has_its_clients_successes");

  finished_run moved{stress::scenario::transfers};
  ++moved.told.clients[1].succeeded;
  BOOST_TEST(failed(moved.check()) == "sum_is_zero_and_no_stream_torn");

  finished_run ordered{stress::scenario::discovery};
  ++ordered.told.clients[1].succeeded;
  BOOST_TEST(failed(ordered.check()) == "stock_never_negative");

  finished_run opened{stress::scenario::saturation};
  ++opened.told.clients[1].succeeded;
  BOOST_TEST(failed(opened.check()) == "nothing_lost");
}

BOOST_AUTO_TEST_CASE(a_command_that_nobody_was_told_of_is_found) {
  finished_run run{stress::scenario::contention};
  ec::unwrap(ec::execute(*run.store, stress::deposit{ec::stream<stress::account>{"shared"}, 1}));
  BOOST_TEST(failed(run.check()) == "acknowledged_exactly_once events_are_successful_commands");
}

BOOST_AUTO_TEST_CASE(an_event_on_a_foreign_stream_is_found) {
  finished_run run{stress::scenario::throughput};
  ec::unwrap(ec::execute(*run.store, stress::deposit{ec::stream<stress::account>{"stray"}, 1}));
  BOOST_TEST(failed(run.check())
             == "acknowledged_exactly_once each_stream_has_its_clients_successes");
}

BOOST_AUTO_TEST_CASE(another_commit_than_the_acknowledged_one_is_found) {
  finished_run run{stress::scenario::contention};
  ++run.told.clients[0].commits;
  BOOST_TEST(failed(run.check()) == "acknowledged_exactly_once");
}

BOOST_AUTO_TEST_CASE(an_unknown_outcome_may_be_in_the_log_or_not) {
  finished_run run{stress::scenario::contention};
  auto& client = run.told.clients[0];
  ++client.unknown;
  BOOST_TEST(failed(run.check()) == "");
  --client.succeeded;
  --client.events;
  BOOST_TEST(failed(run.check()) == "");
  --client.succeeded; // two are there that nobody knows of, one may be
  BOOST_TEST(failed(run.check()) == "events_are_successful_commands");
}

BOOST_AUTO_TEST_CASE(others_may_write_more_but_nothing_may_be_missing) {
  finished_run run{stress::scenario::contention};
  run.told.alone = false;
  --run.told.clients[0].succeeded;
  BOOST_TEST(failed(run.check()) == "");
  run.told.clients[0].succeeded += 2;
  BOOST_TEST(failed(run.check()) == "events_are_successful_commands");
}

BOOST_AUTO_TEST_CASE(an_unanswered_command_is_found) {
  finished_run run{stress::scenario::contention};
  run.told.unanswered = 1;
  BOOST_TEST(failed(run.check()) == "every_command_answered");
}

BOOST_AUTO_TEST_CASE(saturation_may_fail_by_overload_only) {
  finished_run run{stress::scenario::saturation};
  ++run.told.clients[0].overloaded;
  BOOST_TEST(failed(run.check()) == "");
  ++run.told.clients[0].failed;
  BOOST_TEST(failed(run.check()) == "no_failure_but_overloaded");
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_not_touched_is_found) {
  finished_run run{stress::scenario::touch};
  run.given.passes = 2;
  BOOST_TEST(failed(run.check()) == "each_stream_touched_in_each_pass");
}

BOOST_AUTO_TEST_CASE(a_gap_in_the_positions_is_found) {
  forged_log log;
  log.add("account-1", "money_deposited", deposited(1), commit(1));
  log.add("account-1", "money_deposited", deposited(1), commit(2), 2);
  BOOST_TEST(log.check(stress::audit_positions()));
  log.events().back().position = {3};
  BOOST_TEST(!log.check(stress::audit_positions()));
}

BOOST_AUTO_TEST_CASE(a_gap_in_the_versions_is_found) {
  const stress::told told = told_of(2);
  const auto one = [&] {
    return stress::audit_versions("versions", told,
                                  {{ec::stream_id::trusted("account-1"), told.clients.front()}});
  };
  forged_log log;
  log.add("account-1", "money_deposited", deposited(1), commit(1));
  log.add("account-1", "money_deposited", deposited(1), commit(2), 2);
  BOOST_TEST(log.check(one()));
  log.events().back().version = {3};
  BOOST_TEST(!log.check(one()));
}

BOOST_AUTO_TEST_CASE(a_torn_transfer_is_found) {
  const auto one = told_of(1);
  const auto passes = [&](auto fill) {
    forged_log log;
    fill(log);
    return log.check(stress::audit_transfers(one));
  };
  BOOST_TEST(passes([](forged_log& log) {
    log.add("account-1", "money_withdrawn", withdrawn(1), commit(1));
    log.add("account-2", "money_deposited", deposited(1), commit(1));
  }));
  BOOST_TEST(!passes([](forged_log& log) { // the second leg is missing
    log.add("account-1", "money_withdrawn", withdrawn(1), commit(1));
  }));
  BOOST_TEST(!passes([](forged_log& log) { // they were committed apart
    log.add("account-1", "money_withdrawn", withdrawn(1), commit(1));
    log.add("account-2", "money_deposited", deposited(1), commit(2));
  }));
  BOOST_TEST(!passes([](forged_log& log) { // the amounts differ
    log.add("account-1", "money_withdrawn", withdrawn(1), commit(1));
    log.add("account-2", "money_deposited", deposited(2), commit(1));
  }));
  BOOST_TEST(!passes([](forged_log& log) { // both on one stream
    log.add("account-1", "money_withdrawn", withdrawn(1), commit(1));
    log.add("account-1", "money_deposited", deposited(1), commit(1), 2);
  }));
}

BOOST_AUTO_TEST_CASE(a_stock_below_zero_is_found_even_if_it_recovers) {
  forged_log log;
  log.add("stock-1", "pieces_taken", ec::to_json(stress::pieces_taken{1, ""}), commit(1));
  log.add("wish_list-1", "order_placed", ec::to_json(stress::order_placed{}), commit(1));
  log.add("stock-1", "pieces_received", ec::to_json(stress::pieces_received{9, ""}), commit(2), 2);
  BOOST_TEST(!log.check(stress::audit_stocks(told_of(2))));
  std::ranges::rotate(log.events(), log.events().begin() + 2);
  BOOST_TEST(log.check(stress::audit_stocks(told_of(2))));
}

BOOST_AUTO_TEST_CASE(a_second_event_on_a_new_stream_is_found) {
  const auto two = told_of(2);
  forged_log log;
  log.add("account-new-0-0-0", "money_deposited", deposited(1), commit(1));
  log.add("account-new-0-0-1", "money_deposited", deposited(1), commit(2));
  BOOST_TEST(log.check(stress::audit_new_streams(two)));
  log.events().back().version = {2};
  BOOST_TEST(!log.check(stress::audit_new_streams(two)));
}

BOOST_AUTO_TEST_SUITE_END()
