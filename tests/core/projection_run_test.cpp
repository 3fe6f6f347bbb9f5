#include "support/projection_runs.hpp"

using namespace std::chrono_literals;
using namespace support;
using run = ec::projection_run;
using numbers = std::vector<std::uint64_t>;

BOOST_AUTO_TEST_SUITE(projection_runs)

// -- the way through -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_run_to_the_head_loads_reads_applies_saves_and_ends) {
  driven_projection it{plain};
  it.loaded(at(4));
  const auto& query = it.wants<run::read>().query;
  BOOST_CHECK(query.after == at(4));
  BOOST_TEST(query.filter.types == std::vector<std::string>{"account.money_deposited"});
  it.batch(batch_of({5, 7}, 7, 9));
  BOOST_TEST(it.to_apply() == (numbers{5, 7}));
  BOOST_CHECK(it.wants<run::apply>().reached == at(7));
  it.applied();
  BOOST_CHECK(it.wants<run::read>().query.after == at(7));
  it.batch(batch_of({8}, 9, 9));
  it.applied();
  BOOST_CHECK(it.wants<run::save>().reached == at(9));
  it.performed<run::save>();
  BOOST_TEST(it.has_ended_well());
  BOOST_TEST(it.status().applied == 3U);
  BOOST_TEST(it.status().saved.value == 9U);
}

BOOST_AUTO_TEST_CASE(a_run_to_the_head_ends_at_what_it_saw_first_however_fast_others_write) {
  driven_projection it{plain};
  it.loaded(std::nullopt);
  it.batch(batch_of({1}, 1, 2));
  it.applied();
  it.batch(batch_of({2}, 2, 50));
  it.applied();
  it.performed<run::save>();
  BOOST_TEST(it.has_ended_well());
}

BOOST_AUTO_TEST_CASE(a_run_with_nothing_to_do_saves_nothing) {
  driven_projection empty{plain};
  empty.loaded(std::nullopt);
  empty.batch(batch_of({}, 0, 0));
  BOOST_TEST(empty.has_ended_well());
  driven_projection done{plain};
  done.loaded(at(4));
  done.batch(batch_of({}, 4, 4));
  BOOST_TEST(done.has_ended_well());
}

BOOST_AUTO_TEST_CASE(a_filter_that_matches_nothing_still_makes_progress) {
  driven_projection it{plain};
  it.loaded(std::nullopt);
  it.batch(batch_of({}, 1000, 2000));
  BOOST_CHECK(it.wants<run::read>().query.after == at(1000));
  it.batch(batch_of({}, 2000, 2000));
  BOOST_CHECK(it.wants<run::save>().reached == at(2000));
}

BOOST_AUTO_TEST_CASE(a_continuous_run_waits_at_the_head_and_reads_on) {
  driven_projection it{plain, continuous()};
  it.loaded(at(3));
  it.batch(batch_of({}, 3, 3));
  BOOST_TEST(it.wants<run::await>().known.value == 3U);
  it.head_moved(head_at(3)); // nothing came: no read
  it.head_moved(head_at(4));
  BOOST_CHECK(it.wants<run::read>().query.after == at(3));
  it.batch(batch_of({4}, 4, 4));
  it.applied();
  BOOST_TEST(it.wants<run::await>().known.value == 4U);
}

// -- where it begins -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_checkpoint_that_cannot_be_loaded_is_never_taken_for_none) {
  driven_projection it{plain};
  it.loaded(failed(ec::errc::store_unavailable));
  it.pass_wait();
  it.loaded(failed(ec::errc::store_corrupt, "a row is damaged"));
  BOOST_CHECK(it.failure().code == ec::errc::store_corrupt);
  BOOST_TEST(it.failure().detail
             == "projection 'deposits' cannot load its checkpoint: a row is damaged");
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_the_log_does_not_hold_ends_the_run) {
  driven_projection it{plain, continuous()};
  it.loaded(failed(ec::errc::log_rewound));
  BOOST_CHECK(it.failure().code == ec::errc::log_rewound);

  driven_projection later{plain, continuous()};
  later.loaded(at(9));
  later.batch(failed(ec::errc::log_rewound));
  BOOST_CHECK(later.failure().code == ec::errc::log_rewound);
}

BOOST_AUTO_TEST_CASE(a_projection_that_knows_where_it_is_uses_no_checkpoint_of_the_store) {
  driven_projection it{plain, {.from = at(2), .save_events = 1}};
  BOOST_CHECK(it.wants<run::read>().query.after == at(2));
  it.batch(batch_of({3, 4}, 4, 4));
  BOOST_TEST(it.to_apply() == (numbers{3, 4}));
  it.applied();
  BOOST_TEST(it.has_ended_well());
  BOOST_CHECK(it.status().reached == at(4));
}

BOOST_AUTO_TEST_CASE(a_run_without_a_checkpoint_clears_what_was_left_half_done) {
  driven_projection none{resettable};
  none.loaded(std::nullopt);
  none.performed<run::clear>();
  BOOST_TEST(none.is<run::read>());
  driven_projection by_itself{resettable, {.from = ec::checkpoint{}}};
  by_itself.performed<run::clear>();
  BOOST_TEST(by_itself.is<run::read>());

  driven_projection some{resettable};
  some.loaded(at(1));
  BOOST_TEST(some.is<run::read>());
  driven_projection later{resettable, {.from = at(1)}};
  BOOST_TEST(later.is<run::read>());
}

BOOST_AUTO_TEST_CASE(malformed_options_end_it_before_anything_is_done) {
  driven_projection no_page{plain, {.page = {.events = 0}}};
  BOOST_CHECK(no_page.failure().code == ec::errc::invalid_argument);
  driven_projection no_saves{plain, {.save_events = 0}};
  BOOST_CHECK(no_saves.failure().code == ec::errc::invalid_argument);
  driven_projection wild{plain, {.retry = {.jitter = 2}}};
  BOOST_CHECK(wild.failure().code == ec::errc::invalid_argument);
  driven_projection wild_store{plain, {.store = {.jitter = 2}}};
  BOOST_CHECK(wild_store.failure().code == ec::errc::invalid_argument);
  driven_projection backwards{plain, {.takeover = std::chrono::milliseconds{-1}}};
  BOOST_CHECK(backwards.failure().code == ec::errc::invalid_argument);
}

// -- checkpoints ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_checkpoint_is_saved_after_so_many_events_never_ahead_of_them) {
  const auto it = with_three_events({.save_events = 2});
  BOOST_TEST(it->to_apply() == (numbers{1, 2}));
  it->applied();
  BOOST_CHECK(it->wants<run::save>().reached == at(2));
  it->performed<run::save>();
  BOOST_TEST(it->to_apply() == numbers{3});
  it->applied();
  BOOST_CHECK(it->wants<run::save>().reached == at(3));
}

BOOST_AUTO_TEST_CASE(the_checkpoint_is_saved_when_progress_is_unsaved_for_so_long) {
  auto options = continuous();
  options.save_interval = 500ms;
  driven_projection it{plain, options};
  it.loaded(std::nullopt);
  it.batch(batch_of({1}, 1, 1));
  it.applied();
  BOOST_CHECK(it.wants<run::await>().patience == 500ms);
  it.pass(200ms);
  it.head_moved(head_at(2));
  it.batch(batch_of({}, 2, 2));
  BOOST_CHECK(it.wants<run::await>().patience == 300ms);
  it.pass(300ms);
  it.head_moved(head_at(2));
  BOOST_CHECK(it.wants<run::save>().reached == at(2));
  it.performed<run::save>();
  BOOST_CHECK(it.wants<run::await>().patience > 1s);
}

BOOST_AUTO_TEST_CASE(a_save_that_fails_is_tried_again) {
  const auto it = with_three_events({});
  it->applied();
  for (int i = 0; i < 2; ++i) {
    it->performed<run::save>(failed(ec::errc::store_unavailable));
    it->pass_wait();
    BOOST_CHECK(it->wants<run::save>().reached == at(3));
  }
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_another_run_moved_ends_this_one) {
  const auto it = with_three_events({.save_events = 1});
  it->applied();
  it->performed<run::save>(failed(ec::errc::invalid_argument, "never moves back"));
  BOOST_TEST(it->failure().detail
             == "projection 'deposits' cannot save its checkpoint: never moves back");
}

BOOST_AUTO_TEST_CASE(a_host_that_saves_with_the_effects_is_not_asked_to_save_them_again) {
  const auto it = with_three_events({.save_events = 2}, run::saving::with_effects);
  BOOST_TEST(it->to_apply() == (numbers{1, 2}));
  BOOST_CHECK(it->wants<run::apply>().reached == at(2));
  it->applied();
  BOOST_TEST(it->status().saved.value == 2U);
  it->applied();
  BOOST_TEST(it->has_ended_well());
  BOOST_TEST(it->status().saved.value == 3U);
}

BOOST_AUTO_TEST_CASE(progress_without_effects_is_saved_by_such_a_host_too) {
  driven_projection it{plain, {}, run::saving::with_effects};
  it.loaded(std::nullopt);
  it.batch(batch_of({}, 7, 7));
  BOOST_CHECK(it.wants<run::save>().reached == at(7));
}

// Its checkpoint moves from where it is kept, which may lie behind what was reached.
BOOST_AUTO_TEST_CASE(such_a_host_moves_the_checkpoint_from_what_is_saved) {
  const auto skipping =
    with_three_events({.failing = ec::give_up::skip}, run::saving::with_effects);
  skipping->applied(1, ec::errc::handler_failed);
  BOOST_TEST(skipping->to_apply() == numbers{3});
  BOOST_CHECK(skipping->wants<run::apply>().from == at(1));

  driven_projection others{plain, continuous(), run::saving::with_effects};
  others.loaded(at(3));
  others.batch(batch_of({}, 5, 5)); // of other kinds
  others.head_moved(head_at(6));
  others.batch(batch_of({6}, 6, 6));
  BOOST_CHECK(others.wants<run::apply>().from == at(3));
  others.applied();
  BOOST_TEST(others.status().saved.value == 6U);
}

// What a transaction that failed left behind only the database knows.
BOOST_AUTO_TEST_CASE(after_a_transaction_of_unknown_outcome_the_checkpoint_is_loaded_anew) {
  for (const auto code : {ec::errc::outcome_unknown, ec::errc::store_unavailable}) {
    auto options = continuous();
    options.save_events = 2;
    const auto it = with_three_events(options, run::saving::with_effects);
    it->applied();
    it->applied(0, code);
    it->pass_wait();
    it->loaded(at(3)); // it was committed
    BOOST_CHECK(it->wants<run::read>().query.after == at(3));
  }
}

BOOST_AUTO_TEST_SUITE_END()
