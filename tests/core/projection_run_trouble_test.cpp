#include "support/projection_runs.hpp"

using namespace std::chrono_literals;
using namespace support;
using run = ec::projection_run;
using numbers = std::vector<std::uint64_t>;

BOOST_AUTO_TEST_SUITE(troubled_projection_runs)

// -- events that cannot be taken -----------------------------------------------

BOOST_AUTO_TEST_CASE(by_default_the_run_stops_before_the_event_and_saves_what_came_before_it) {
  const auto it = with_three_events({});
  it->applied(1, ec::errc::handler_failed, "apply() threw");
  BOOST_CHECK(it->wants<run::save>().reached == at(1));
  it->performed<run::save>();
  BOOST_CHECK(it->failure().code == ec::errc::handler_failed);
  BOOST_TEST(it->failure().attempts == 1U);
  BOOST_CHECK(it->status().state == ec::projection_state::failed);
}

BOOST_AUTO_TEST_CASE(what_ended_the_run_is_told_also_when_the_save_fails) {
  const auto it = with_three_events({});
  it->applied(1, ec::errc::handler_failed);
  it->performed<run::save>(failed(ec::errc::store_unavailable));
  BOOST_CHECK(it->failure().code == ec::errc::handler_failed);
}

BOOST_AUTO_TEST_CASE(a_retry_waits_and_begins_with_the_event_that_failed) {
  const auto it = with_three_events({.retry = {.retries = 3}});
  it->applied(1, ec::errc::handler_failed);
  BOOST_CHECK(it->wants<run::wait>().delay == 10ms);
  BOOST_CHECK(it->status().state == ec::projection_state::backing_off);
  it->pass_wait();
  BOOST_TEST(it->to_apply() == (numbers{2, 3}));
  it->applied(0, ec::errc::rule_violated);
  BOOST_CHECK(it->wants<run::wait>().delay == 20ms);
  it->pass_wait();
  it->applied(1, ec::errc::handler_failed); // the next one fails: counted from 1 again
  BOOST_CHECK(it->wants<run::wait>().delay == 10ms);
  it->pass_wait();
  it->applied();
  it->performed<run::save>();
  BOOST_TEST(it->has_ended_well());
  BOOST_TEST(it->status().failures == 3U);
}

BOOST_AUTO_TEST_CASE(retries_end_and_then_the_policy_says_what_becomes_of_the_event) {
  std::vector<ec::projection_trouble::step> steps;
  std::uint32_t hooked = 0;
  ec::projection_options options{.retry = {.retries = 1}, .failing = ec::give_up::skip};
  options.retry.on_retry = [&](const ec::retry& again) { hooked = again.attempt; };
  options.on_trouble = [&](const ec::projection_trouble& met) {
    BOOST_TEST(met.projection == "deposits");
    BOOST_REQUIRE(met.event);
    BOOST_TEST(met.event->position.value == 1U);
    BOOST_TEST(met.attempt == steps.size() + 1);
    steps.push_back(met.next);
  };
  const auto it = with_three_events(options);
  it->applied(0, ec::errc::handler_failed);
  it->pass_wait();
  it->applied(0, ec::errc::handler_failed);
  BOOST_TEST(it->to_apply() == (numbers{2, 3}));
  using step = ec::projection_trouble::step;
  BOOST_CHECK((steps == std::vector{step::try_again, step::skip}));
  BOOST_TEST(hooked == 1U);
  BOOST_TEST(it->status().skipped == 1U);
}

BOOST_AUTO_TEST_CASE(no_retry_begins_after_the_policys_total) {
  const auto it = with_three_events({.retry = {.retries = 9, .total = 25ms}});
  it->applied(0, ec::errc::handler_failed);
  it->pass_wait();
  it->applied(0, ec::errc::handler_failed);
  BOOST_CHECK(it->failure().code == ec::errc::handler_failed);
  BOOST_TEST(it->failure().attempts == 2U);
}

BOOST_AUTO_TEST_CASE(a_page_of_unreadable_events_is_passed_over_one_by_one) {
  const auto it = with_three_events({.retry = {.retries = 5}, .unreadable = ec::give_up::skip});
  for (int i = 0; i < 3; ++i)
    it->applied(0, ec::errc::codec_failed); // not retried
  BOOST_CHECK(it->wants<run::save>().reached == at(3));
  it->performed<run::save>();
  BOOST_TEST(it->has_ended_well());
  BOOST_TEST(it->status().skipped == 3U);
  BOOST_TEST(it->status().failures == 3U);
}

BOOST_AUTO_TEST_CASE(an_unreadable_event_stops_a_run_that_was_not_told_otherwise) {
  const auto it = with_three_events({.failing = ec::give_up::skip});
  it->applied(0, ec::errc::codec_failed);
  BOOST_CHECK(it->failure().code == ec::errc::codec_failed);
}

BOOST_AUTO_TEST_CASE(a_dead_letter_is_laid_aside_before_the_run_goes_past_it) {
  ec::projection_options options{.retry = {.retries = 1}, .failing = ec::give_up::park};
  options.park = [](const ec::dead_letter&) -> ec::result<> { return {}; };
  const auto it = with_three_events(options);
  it->applied(1, ec::errc::handler_failed);
  it->pass_wait();
  it->applied(0, ec::errc::handler_failed, "no luck");
  const auto& letter = it->wants<run::park>().letter;
  BOOST_TEST(letter.projection == "deposits");
  BOOST_TEST(letter.event.position.value == 2U);
  BOOST_TEST(letter.why.detail == "no luck");
  BOOST_TEST(letter.attempts == 2U);
  it->performed<run::park>(failed(ec::errc::store_unavailable));
  BOOST_TEST(it->status().reached.position.value == 1U);
  it->pass_wait();
  it->performed<run::park>();
  BOOST_TEST(it->to_apply() == numbers{3});
  BOOST_TEST(it->status().parked == 1U);
}

BOOST_AUTO_TEST_CASE(a_dead_letter_that_nobody_takes_ends_the_run_before_it) {
  ec::projection_options options{.unreadable = ec::give_up::park};
  options.park = [](const ec::dead_letter&) -> ec::result<> { return {}; };
  const auto it = with_three_events(options);
  it->applied(0, ec::errc::codec_failed);
  it->performed<run::park>(failed(ec::errc::read_only));
  BOOST_CHECK(it->failure().code == ec::errc::read_only);
  BOOST_CHECK(it->status().reached == at(0));
}

BOOST_AUTO_TEST_CASE(a_run_that_lost_its_lease_saves_nothing_more) {
  const auto it = with_three_events({.retry = {.retries = 5}, .failing = ec::give_up::skip});
  it->applied(1, ec::errc::lease_lost);
  BOOST_CHECK(it->failure().code == ec::errc::lease_lost);
}

BOOST_AUTO_TEST_CASE(what_no_event_is_to_blame_for_ends_the_run_and_passes_over_none) {
  for (const auto code : {ec::errc::log_rewound, ec::errc::shutting_down, ec::errc::store_corrupt,
                          ec::errc::schema_mismatch, ec::errc::read_only}) {
    const auto it = with_three_events({.failing = ec::give_up::skip});
    it->applied(1, code);
    BOOST_CHECK(it->failure().code == code);
    BOOST_TEST(it->status().skipped == 0U);
  }
}

BOOST_AUTO_TEST_CASE(effects_that_need_an_absent_store_are_tried_again_as_they_are) {
  const auto it = with_three_events({.failing = ec::give_up::skip});
  it->applied(1, ec::errc::store_unavailable);
  it->pass_wait();
  BOOST_TEST(it->to_apply() == (numbers{2, 3}));
  BOOST_TEST(it->status().skipped == 0U);
}

// -- a store that is away ------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_absent_store_is_waited_for_with_growing_delays) {
  driven_projection it{plain, continuous()};
  it.loaded(std::nullopt);
  for (const auto delay : {20ms, 40ms, 80ms}) {
    it.batch(failed(ec::errc::store_unavailable));
    BOOST_CHECK(it.wants<run::wait>().delay == delay);
    it.pass_wait();
  }
  it.batch(batch_of({}, 0, 0));
  it.head_moved(failed(ec::errc::store_unavailable));
  BOOST_CHECK(it.wants<run::wait>().delay == 20ms);
  it.pass_wait();
  BOOST_TEST(it.is<run::await>());
  BOOST_TEST(it.status().failures == 4U);
}

BOOST_AUTO_TEST_CASE(a_policy_may_end_the_waiting) {
  driven_projection it{plain, {.store = ec::retry_policy::never()}};
  it.loaded(failed(ec::errc::store_unavailable, "gone"));
  BOOST_CHECK(it.failure().code == ec::errc::store_unavailable);
  BOOST_TEST(it.failure().detail == "projection 'deposits' cannot load its checkpoint: gone");
}

BOOST_AUTO_TEST_CASE(a_wait_that_a_request_interrupts_goes_on) {
  const auto it = with_three_events({.retry = {.retries = 1}});
  it->applied(0, ec::errc::handler_failed);
  it->pass(4ms);
  it->requested();
  BOOST_CHECK(it->wants<run::wait>().delay == 6ms);
}

// A head that moved back, or that is another commit's, is no reason to wait.
BOOST_AUTO_TEST_CASE(a_log_that_is_replaced_while_nothing_comes_is_read_and_so_noticed) {
  for (auto head : {head_at(2), ec::log_head{{3}, support::commit_at(8), {}}}) {
    driven_projection it{plain, continuous()};
    it.loaded(at(3));
    it.batch(batch_of({}, 3, 3));
    it.head_moved(head);
    BOOST_CHECK(it.wants<run::read>().query.after == at(3));
  }
}

BOOST_AUTO_TEST_SUITE_END()
