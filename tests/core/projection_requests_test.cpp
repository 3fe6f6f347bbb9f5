#include "support/projection_runs.hpp"

using namespace std::chrono_literals;
using namespace support;
using run = ec::projection_run;
using numbers = std::vector<std::uint64_t>;

BOOST_AUTO_TEST_SUITE(requests_to_projection_runs)

// -- requests ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stop_lets_the_page_end_saves_and_ends) {
  const auto it = with_three_events(continuous());
  it->requests().stop();
  it->applied();
  BOOST_CHECK(it->wants<run::save>().reached == at(3));
  it->performed<run::save>();
  BOOST_TEST(it->has_ended_well());
  BOOST_CHECK(it->status().state == ec::projection_state::stopped);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_any_wait) {
  driven_projection idle{plain, continuous()};
  idle.loaded(at(3));
  idle.batch(batch_of({}, 3, 3));
  idle.requests().stop();
  idle.requested();
  BOOST_TEST(idle.has_ended_well());

  driven_projection away{plain, continuous()};
  away.loaded(failed(ec::errc::store_unavailable));
  away.requests().stop();
  away.requested();
  BOOST_TEST(away.has_ended_well());
}

BOOST_AUTO_TEST_CASE(what_fails_while_a_stop_is_asked_for_is_told_unless_it_would_pass) {
  for (const auto code : {ec::errc::store_unavailable, ec::errc::log_rewound}) {
    driven_projection it{plain, continuous()};
    it.loaded(at(3));
    it.requests().stop();
    it.batch(failed(code));
    BOOST_TEST(it.has_ended_well() == (code == ec::errc::store_unavailable));
  }
}

BOOST_AUTO_TEST_CASE(a_stop_whose_save_fails_says_so) {
  const auto it = with_three_events(continuous());
  it->requests().stop();
  it->applied();
  it->performed<run::save>(failed(ec::errc::store_unavailable));
  BOOST_CHECK(it->failure().code == ec::errc::store_unavailable);
}

BOOST_AUTO_TEST_CASE(a_paused_run_has_saved_and_goes_on_where_it_was) {
  const auto it = with_three_events(continuous());
  it->requests().pause();
  it->applied(1, ec::errc::store_unavailable); // no reason to wait for anything but the resumption
  BOOST_TEST(it->is<run::paused>());
  BOOST_CHECK(it->status().state == ec::projection_state::paused);
  it->pass(1s);
  it->requested();
  BOOST_CHECK(it->wants<run::save>().reached == at(1));
  it->performed<run::save>();
  BOOST_TEST(it->is<run::paused>());
  it->requested();
  BOOST_TEST(it->is<run::paused>());
  it->requests().resume();
  it->requested();
  BOOST_TEST(it->to_apply() == (numbers{2, 3}));
}

BOOST_AUTO_TEST_CASE(a_paused_run_can_be_stopped) {
  driven_projection it{plain, continuous()};
  it.requests().pause();
  it.loaded(at(1));
  BOOST_TEST(it.is<run::paused>());
  it.requests().stop();
  it.requested();
  BOOST_TEST(it.has_ended_well());
}

BOOST_AUTO_TEST_CASE(a_reset_goes_back_to_a_position_whose_commit_was_found) {
  const auto it = with_three_events(continuous());
  it->requests().reset({1});
  it->applied();
  BOOST_TEST(it->wants<run::find>().at.value == 1U);
  it->found(head_at(1));
  BOOST_CHECK(it->wants<run::save>().from == at(0));
  BOOST_CHECK(it->wants<run::save>().reached == at(1));
  it->performed<run::save>();
  BOOST_CHECK(it->wants<run::read>().query.after == at(1));
  BOOST_TEST(it->status().saved.value == 1U);
}

BOOST_AUTO_TEST_CASE(a_reset_beyond_the_log_ends_the_run_with_its_checkpoint_as_it_was) {
  const auto it = with_three_events(continuous());
  it->requests().reset({9});
  it->applied();
  it->found(failed(ec::errc::log_rewound));
  BOOST_CHECK(it->failure().code == ec::errc::log_rewound);
}

BOOST_AUTO_TEST_CASE(a_reset_drops_what_was_read_and_what_was_waited_for) {
  const auto it = with_three_events({.retry = {.retries = 1}});
  it->applied(0, ec::errc::handler_failed);
  it->requests().reset({0});
  it->requested();
  it->found(head_at(0));
  BOOST_CHECK(it->wants<run::read>().query.after == at(0));
}

BOOST_AUTO_TEST_CASE(a_reset_moves_the_checkpoint_back_from_where_it_is_in_one_step) {
  driven_projection it{plain, continuous()};
  it.requests().reset({2});
  it.loaded(at(5));
  it.found(head_at(2));
  BOOST_CHECK(it.wants<run::save>().from == at(5));
  BOOST_CHECK(it.wants<run::save>().reached == at(2));
  it.performed<run::save>();
  BOOST_CHECK(it.wants<run::read>().query.after == at(2));
}

BOOST_AUTO_TEST_CASE(a_run_goes_on_where_somebody_else_moved_its_checkpoint) {
  const auto it = with_three_events({.until = ec::run_until::stopped, .save_events = 2});
  it->applied();
  it->performed<run::save>(failed(ec::errc::version_conflict));
  it->pass_wait();
  it->loaded(at(1));
  BOOST_CHECK(it->wants<run::read>().query.after == at(1));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_may_have_been_saved_is_looked_at_and_nothing_is_replayed) {
  for (const auto kept : {at(0), at(2)}) {
    const auto it = with_three_events({.until = ec::run_until::stopped, .save_events = 2});
    it->applied();
    it->performed<run::save>(failed(ec::errc::outcome_unknown));
    it->pass_wait();
    it->loaded(kept == at(0) ? std::nullopt : std::optional{kept});
    if (kept == at(0)) {
      BOOST_CHECK(it->wants<run::save>().from == at(0));
      it->performed<run::save>();
    }
    BOOST_TEST(it->to_apply() == (numbers{3}));
  }
}

BOOST_AUTO_TEST_CASE(so_it_is_before_a_run_ends_or_pauses) {
  const auto unsure = [] {
    auto it = with_three_events({.until = ec::run_until::stopped, .save_events = 2});
    it->applied();
    it->performed<run::save>(failed(ec::errc::outcome_unknown));
    return it;
  };
  for (const auto kept : {at(0), at(2)}) {
    const auto it = unsure();
    it->requests().stop();
    it->requested();
    it->loaded(kept == at(0) ? std::nullopt : std::optional{kept});
    if (kept == at(0))
      it->performed<run::save>();
    BOOST_TEST(it->has_ended_well());
    BOOST_TEST(it->status().saved.value == 2U);
  }
  const auto away = unsure();
  away->requests().stop();
  away->requested();
  away->loaded(failed(ec::errc::store_unavailable));
  BOOST_CHECK(away->failure().code == ec::errc::store_unavailable);

  const auto paused = unsure();
  paused->requests().pause();
  paused->requested();
  paused->pass(1s);
  paused->requested();
  paused->loaded(at(2));
  BOOST_TEST(paused->is<run::paused>());
}

BOOST_AUTO_TEST_CASE(a_projection_that_knows_where_it_is_is_reset_without_the_store) {
  driven_projection it{plain, {.until = ec::run_until::stopped, .from = at(5)}};
  it.requests().reset({2});
  it.batch(batch_of({6}, 6, 6));
  it.found(head_at(2));
  BOOST_CHECK(it.wants<run::read>().query.after == at(2));
}

BOOST_AUTO_TEST_CASE(a_run_clears_nothing_of_another_one_that_began_before_it) {
  driven_projection it{resettable, continuous(), run::saving::with_effects};
  it.loaded(std::nullopt);
  it.performed<run::clear>(failed(ec::errc::version_conflict));
  it.pass_wait();
  it.loaded(at(4));
  BOOST_CHECK(it.wants<run::read>().query.after == at(4));
}

// Moved away first: a crash in between begins anew, too, since a run without a checkpoint clears.
BOOST_AUTO_TEST_CASE(a_rebuild_forgets_the_checkpoint_clears_and_reads_from_the_start) {
  driven_projection it{resettable, continuous()};
  it.loaded(at(3));
  BOOST_CHECK(it.requests().rebuild());
  it.batch(batch_of({4}, 4, 4));
  it.found(head_at(0));
  BOOST_CHECK(it.wants<run::save>().from == at(3));
  BOOST_CHECK(it.wants<run::save>().reached == at(0));
  it.performed<run::save>();
  it.performed<run::clear>();
  BOOST_CHECK(it.wants<run::read>().query.after == at(0));
}

BOOST_AUTO_TEST_CASE(a_projection_that_cannot_be_emptied_is_not_rebuilt) {
  driven_projection it{plain, continuous()};
  const auto refused = it.requests().rebuild();
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.error().code == ec::errc::invalid_argument);
  BOOST_TEST(refused.error().detail.contains("reset()"));
}

BOOST_AUTO_TEST_CASE(a_reset_of_the_projection_that_throws_ends_the_run) {
  driven_projection it{resettable};
  it.loaded(std::nullopt);
  it.performed<run::clear>(failed(ec::errc::handler_failed));
  BOOST_CHECK(it.failure().code == ec::errc::handler_failed);
}

// -- status --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_status_tells_where_it_is_and_how_far_behind) {
  using state = ec::projection_state;
  driven_projection it{plain, continuous()};
  BOOST_CHECK(it.status().state == state::starting);
  it.loaded(at(10));
  BOOST_CHECK(it.status().state == state::catching_up);
  it.batch(batch_of({11, 12}, 15, 40));
  it.applied();
  const auto behind = it.status();
  BOOST_TEST(behind.name == "deposits");
  BOOST_CHECK(behind.state == state::catching_up);
  BOOST_CHECK(behind.reached == at(15));
  BOOST_TEST(behind.saved.value == 10U);
  BOOST_CHECK(behind.head == head_at(40));
  BOOST_TEST(behind.lag == 25U);
  BOOST_CHECK(behind.lag_time == 25s);
  it.batch(batch_of({}, 40, 40));
  BOOST_CHECK(it.status().state == state::live);
  BOOST_TEST(it.status().lag == 0U);
  BOOST_CHECK(it.status().lag_time == 0s);
  it.head_moved(head_at(41));
  BOOST_CHECK(it.status().state == state::catching_up);
}

BOOST_AUTO_TEST_CASE(the_rate_is_that_of_the_last_second_or_so) {
  const auto it = with_three_events(continuous());
  it->pass(1s);
  it->applied();
  BOOST_TEST(it->status().rate == 3.0);
  it->pass(10s);
  BOOST_TEST(it->status().rate == 0.0);
}

BOOST_AUTO_TEST_CASE(the_last_failure_is_kept) {
  const auto it = with_three_events({.failing = ec::give_up::skip});
  it->applied(0, ec::errc::handler_failed, "no luck");
  BOOST_REQUIRE(it->status().last_failure);
  BOOST_TEST(it->status().last_failure->detail == "no luck");
}

BOOST_AUTO_TEST_CASE(a_page_is_not_held_while_nothing_comes) {
  driven_projection it{plain, continuous()};
  it.loaded(std::nullopt);
  auto held = std::make_shared<int>();
  auto batch = batch_of({1}, 1, 1);
  batch.owner = held;
  it.batch(std::move(batch));
  it.applied();
  BOOST_TEST(it.is<run::await>());
  BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
