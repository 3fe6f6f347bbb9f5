#include "projection_host_support.hpp"

#include <functional>

using namespace hosting;

BOOST_FIXTURE_TEST_SUITE(projection_leaders, fixture)

BOOST_AUTO_TEST_CASE(of_two_one_leads_and_the_other_takes_over_at_once_when_it_stops) {
  record first;
  record second;
  host one{*store, ec::make_applier(first), continuous(), around};
  host two{*store, ec::make_applier(second), continuous(), around};
  deposits(3);
  settle(one);
  settle(two);
  BOOST_CHECK(two.status().state == ec::projection_state::standing_by);
  BOOST_TEST(second.positions.empty());
  one.stop();
  ec::unwrap(end(one));
  deposits(1);
  pass(250ms);
  settle(two);
  BOOST_TEST(second.positions == (numbers{4}), boost::test_tools::per_element());
  BOOST_CHECK(two.status().state == ec::projection_state::live);
}

BOOST_AUTO_TEST_CASE(a_leader_that_is_heard_of_no_more_is_replaced_within_five_seconds) {
  record first;
  record second;
  host one{*store, ec::make_applier(first), continuous(), around};
  host two{*store, ec::make_applier(second), continuous(), around};
  deposits(2);
  settle(one);
  settle(two);
  deposits(1);
  const auto died = steady;
  while (second.positions.empty() && steady < died + 10s) {
    settle(two);
    pass(50ms);
  }
  BOOST_CHECK(steady - died <= 5s);
  // It had applied two events without saving them: they come again (at least once).
  BOOST_TEST(second.positions.back() == 3U);
  // The first one wakes, by its own clock long after its term, and stands by.
  deposits(1);
  settle(one);
  BOOST_CHECK(one.status().state == ec::projection_state::standing_by);
  BOOST_TEST(first.positions == (numbers{1, 2}), boost::test_tools::per_element());
}

// A clock that stood still while the process slept.
BOOST_AUTO_TEST_CASE(a_leader_that_believes_to_lead_still_moves_nothing_once_it_was_replaced) {
  record first;
  record second;
  auto options = continuous();
  options.save_events = 1;
  host one{*store, ec::make_applier(first), options, around};
  deposits(2);
  settle(one);
  clock.advance(10s); // only the store's
  host two{*store, ec::make_applier(second), options, around};
  settle(two);
  deposits(2);
  settle(two);
  settle(one);
  BOOST_CHECK(one.status().state == ec::projection_state::standing_by);
  BOOST_REQUIRE(one.status().last_failure.has_value());
  BOOST_CHECK(one.status().last_failure->code == ec::errc::lease_lost);
  BOOST_TEST(second.positions == (numbers{3, 4}), boost::test_tools::per_element());
  BOOST_TEST(saved() == 4U);
}

namespace {

/// Takes its time with each event.
struct slow : record {
  std::function<void()> work;

  void apply(const money_deposited& e, const ec::event_info& about) {
    work();
    record::apply(e, about);
  }
};

} // namespace

// The lease is renewed between two events.
BOOST_AUTO_TEST_CASE(while_a_long_batch_is_applied_nobody_else_leads) {
  slow all;
  int others = 0;
  all.work = [&] {
    pass(500ms);
    others += ec::unwrap(store->acquire_lease("projection/record", 1ms)) ? 1 : 0;
  };
  host it{*store, ec::make_applier(all), continuous(), around};
  deposits(40);
  settle(it);
  BOOST_TEST(others == 0);
  BOOST_TEST(all.positions.size() == 40U);
}

BOOST_AUTO_TEST_CASE(what_was_applied_when_the_term_ended_is_not_applied_again) {
  slow all;
  all.work = [this] { pass(6s); };
  host it{*store, ec::make_applier(all), continuous(), around};
  deposits(5);
  settle(it);
  BOOST_TEST(all.positions == (numbers{1, 2, 3, 4, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch_that_another_one_took_over_meanwhile_is_begun_again) {
  record first;
  record second;
  host one{*store, ec::make_applier(first), continuous(), around};
  deposits(2);
  one.step(); // it leads
  while (first.positions.empty())
    one.step();
  pass(5s);
  host two{*store, ec::make_applier(second), continuous(), around};
  settle(two);
  two.stop();
  ec::unwrap(end(two));
  deposits(1);
  settle(one);
  BOOST_TEST(second.positions == (numbers{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(first.positions == (numbers{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_run_to_the_head_that_stands_by_ends_when_the_leader_came_so_far) {
  record first;
  record second;
  deposits(3);
  host one{*store, ec::make_applier(first), continuous(), around};
  one.step(); // it leads
  host two{*store, ec::make_applier(second), {}, around};
  settle(two, 100ms);
  settle(one);
  pass(1s);
  settle(one);
  const auto status = ec::unwrap(end(two));
  BOOST_TEST(status.reached.position.value == 3U);
  BOOST_TEST(second.positions.empty());
}

BOOST_AUTO_TEST_CASE(a_run_to_the_head_of_an_empty_log_ends_while_another_program_leads) {
  record first;
  record second;
  host one{*store, ec::make_applier(first), continuous(), around};
  settle(one);
  host two{*store, ec::make_applier(second), {}, around};
  BOOST_TEST(ec::unwrap(end(two)).reached.position.value == 0U);
}

BOOST_AUTO_TEST_CASE(without_a_lease_it_begins_at_once) {
  record first;
  record second;
  deposits(2);
  auto options = continuous();
  options.takeover = 0ms;
  host one{*store, ec::make_applier(first), options, around};
  host two{*store, ec::make_applier(second), options, around};
  settle(one);
  settle(two);
  BOOST_TEST(first.positions.size() == 2U);
  BOOST_TEST(second.positions.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
