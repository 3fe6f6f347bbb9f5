#include "actors/support/following.hpp"
#include "support/wait_until.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/projection_host.hpp>

#include <algorithm>
#include <future>
#include <tuple>

#include <boost/test/unit_test.hpp>

using namespace following;
using ec::projection_state;
using support::wait_until;

// Projections of a runtime, on real threads.
namespace {

using backends = std::tuple<in_memory, in_sqlite>;

struct restart_counter : ec::observer {
  std::atomic<int> restarts{0};
  void on_restarted(std::string_view actor) override {
    if (actor == "eventcore.projection")
      ++restarts;
  }
};

/// Makes the actor that runs it die, as often as told: an applier that breaks its contract.
class deadly final : public ec::applier {
public:
  explicit deadly(ec::any_projection inner) : inner_{ec::make_applier(std::move(inner))} {}

  std::atomic<int> deaths{0};
  std::function<void()> at_death; ///< set before the first

  auto type() const -> const ec::projection_type& override { return inner_->type(); }
  auto apply(ec::event_store& store, const ec::batch_to_apply& batch)
    -> ec::applied_events override {
    if (deaths > 0 && batch.events.size() > 0) {
      --deaths;
      if (at_death)
        at_death();
      throw std::logic_error{"an applier must not throw"};
    }
    return inner_->apply(store, batch);
  }
  auto clear(ec::event_store& store, const ec::checkpoint_move& move) -> ec::result<> override {
    return inner_->clear(store, move);
  }

private:
  std::shared_ptr<ec::applier> inner_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(projection_actors)

BOOST_AUTO_TEST_CASE_TEMPLATE(it_follows_the_log_from_its_start, backend, backends) {
  sums all;
  backend on;
  program p{on.open()};
  p.deposit(1);
  const auto running = ec::unwrap(p.runtime.run(all, live()));
  const auto last = p.deposit_many(200);
  ec::unwrap(running.wait_until(last, 30s));
  BOOST_TEST(all.seen.cents() == 201);
  BOOST_TEST(all.seen.positions() == first_positions(201), boost::test_tools::per_element());
  const auto status = running.status();
  BOOST_TEST(status.name == "sums");
  BOOST_TEST(status.reached.position.value == 201U);
  BOOST_TEST(status.applied == 201U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stopped_one_has_saved_and_goes_on_where_it_was, backend, backends) {
  notes all;
  backend on;
  program p{on.open()};
  const auto first = ec::unwrap(p.runtime.run(all, live()));
  ec::unwrap(first.wait_until(p.deposit_many(10), 30s));
  first.stop();
  const auto outcome = ec::unwrap(first.outcome().get());
  BOOST_TEST(outcome.saved.value == 10U);
  BOOST_CHECK(first.status().state == projection_state::stopped);
  p.deposit_many(10);
  const auto second = ec::unwrap(p.runtime.run(all, {}));
  BOOST_TEST(ec::unwrap(second.outcome().get()).reached.position.value == 20U);
  BOOST_TEST(all.seen.positions() == first_positions(20), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_ends_at_the_head_when_it_is_told_to) {
  sums all;
  program p{ec::memory::open()};
  p.deposit_many(20);
  const auto running = ec::unwrap(p.runtime.run(all, {.from = ec::checkpoint{}}));
  const auto outcome = ec::unwrap(running.outcome().get());
  BOOST_TEST(outcome.reached.position.value == 20U);
  BOOST_TEST(outcome.name == "sums");
  BOOST_TEST(all.seen.cents() == 20);
}

BOOST_AUTO_TEST_CASE(it_sees_what_another_program_writes) {
  sums all;
  in_sqlite on;
  program p{on.open()};
  program other{on.open()};
  const auto running = ec::unwrap(p.runtime.run(all, live_in_memory()));
  const auto at = other.deposit(7);
  ec::unwrap(running.wait_until(at.first, 30s));
  BOOST_TEST(all.seen.cents() == 7);
}

// -- requests -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(a_paused_one_applies_nothing_until_it_is_resumed, backend, backends) {
  sums all;
  backend on;
  program p{on.open()};
  const auto running = ec::unwrap(p.runtime.run(all, live()));
  ec::unwrap(running.wait_until(p.deposit(1).first, 30s));
  running.pause();
  wait_until("it is paused", [&] { return running.status().state == projection_state::paused; });
  const auto at = p.deposit(10).first;
  const auto late = running.wait_until(at, 20ms);
  BOOST_REQUIRE(!late);
  BOOST_CHECK(late.error().code == ec::errc::timed_out);
  BOOST_TEST(late.error().detail.contains("'sums' is at position 1 (paused)"));
  BOOST_TEST(all.seen.cents() == 1);
  BOOST_TEST(p.runtime.projections().front().lag == 1U); // though it looks no more
  running.resume();
  ec::unwrap(running.wait_until(at, 30s));
  BOOST_TEST(all.seen.cents() == 11);
}

BOOST_AUTO_TEST_CASE(it_is_reset_and_rebuilt) {
  sums all;
  program p{ec::memory::open()};
  const auto running = ec::unwrap(p.runtime.run(all, live()));
  ec::unwrap(running.wait_until(p.deposit_many(10), 30s));
  running.reset({8});
  wait_until("the last two came again", [&] { return all.seen.positions().size() == 12; });
  BOOST_TEST(all.seen.positions().back() == 10U);
  BOOST_REQUIRE(running.rebuild());
  wait_until("it began anew", [&] { return all.seen.positions() == first_positions(10); });
}

BOOST_AUTO_TEST_CASE(what_cannot_begin_anew_is_not_rebuilt) {
  notes all;
  program p{ec::memory::open()};
  const auto running = ec::unwrap(p.runtime.run(all, live()));
  const auto refused = running.rebuild();
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.error().code == ec::errc::invalid_argument);
  running.stop();
  running.outcome().wait();
  const auto late = running.rebuild();
  BOOST_REQUIRE(!late);
  BOOST_CHECK(late.error().code == ec::errc::shutting_down);
}

BOOST_AUTO_TEST_CASE(its_own_code_does_not_wait_for_itself) {
  sums all;
  std::promise<ec::running_projection> itself;
  auto known = itself.get_future().share();
  std::promise<std::pair<ec::result<>, ec::result<>>> told;
  program p{ec::memory::open()};
  all.before = [&, once = std::make_shared<std::atomic<bool>>(false)](const ec::event_info&) {
    if (!once->exchange(true))
      told.set_value({known.get().rebuild(), known.get().wait_until({100}, 60s)});
    return ec::result<>{};
  };
  itself.set_value(ec::unwrap(p.runtime.run(all, live())));
  p.deposit(1);
  const auto [rebuilt, waited] = told.get_future().get();
  BOOST_REQUIRE((!rebuilt && !waited));
  BOOST_CHECK(rebuilt.error().code == ec::errc::invalid_argument);
  BOOST_CHECK(waited.error().code == ec::errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_dead_letter_is_tried_again_when_it_is_asked_for, backend,
                              backends) {
  sums all;
  std::atomic<bool> is_broken{true};
  backend on;
  program p{on.open()};
  all.before = [&](const ec::event_info& about) -> ec::result<> {
    if (is_broken && about.position.value == 2)
      return ec::fail(ec::errc::handler_failed, "not now");
    return {};
  };
  const auto running =
    ec::unwrap(p.runtime.run(all, {.until = ec::run_until::stopped, .failing = ec::give_up::park}));
  ec::unwrap(running.wait_until(p.deposit_many(3), 30s));
  BOOST_TEST(all.seen.cents() == 2);
  BOOST_TEST(running.status().parked == 1U);
  is_broken = false;
  BOOST_REQUIRE(ec::unwrap(p.store->retry_dead_letter("sums", {2})));
  running.retry_dead_letters();
  wait_until("it was tried again", [&] { return all.seen.cents() == 3; });
  wait_until("it is forgotten", [&] {
    return ec::unwrap(p.store->list_dead_letters({.projection = "sums"})).empty();
  });
}

// -- who else there is --------------------------------------------------------

BOOST_AUTO_TEST_CASE(two_of_one_name_do_not_run_in_one_runtime) {
  sums one;
  sums other;
  program p{ec::memory::open()};
  const auto running = ec::unwrap(p.runtime.run(one, live()));
  const auto refused = p.runtime.run(other, live());
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.error().code == ec::errc::invalid_argument);
  BOOST_TEST(refused.error().detail.contains("'sums'"));
  running.stop();
  running.outcome().wait();
  BOOST_TEST(p.runtime.run(other, live()).has_value());
}

BOOST_AUTO_TEST_CASE(all_are_listed_with_where_they_stand) {
  sums one;
  notes other;
  program p{ec::memory::open()};
  const auto first = ec::unwrap(p.runtime.run(one, live()));
  const auto second = ec::unwrap(p.runtime.run(other, live()));
  const auto at = p.deposit(5).first;
  ec::unwrap(p.runtime.wait_until("sums", at, 30s));
  ec::unwrap(p.runtime.wait_until("notes", at, 30s));
  const auto listed = p.runtime.projections();
  BOOST_REQUIRE(listed.size() == 2U);
  BOOST_TEST(listed[0].name == "notes");
  BOOST_TEST(listed[1].name == "sums");
  BOOST_TEST(listed[1].reached.position.value == 1U);
  BOOST_TEST(p.runtime.status().projections.size() == 2U);
}

// One leads, and what it did is seen by who stands by.
BOOST_AUTO_TEST_CASE(of_two_programs_one_leads_and_a_clean_stop_hands_over_at_once) {
  notes one;
  notes other;
  in_sqlite on;
  program first{on.open()};
  program second{on.open()};
  const auto leads = ec::unwrap(first.runtime.run(one, live()));
  const auto at = first.deposit(1).first;
  ec::unwrap(leads.wait_until(at, 30s));
  const auto waits = ec::unwrap(second.runtime.run(other, live()));
  wait_until("the other stands by",
             [&] { return waits.status().state == projection_state::standing_by; });
  ec::unwrap(waits.wait_until(at, 30s)); // what the leader has saved
  BOOST_TEST(other.seen.positions().empty());
  const auto began = std::chrono::steady_clock::now();
  first.runtime.stop();
  ec::unwrap(waits.wait_until(second.deposit(2).first, 30s));
  BOOST_TEST((std::chrono::steady_clock::now() - began < 1s));
  BOOST_TEST(one.seen.positions() == std::vector<std::uint64_t>{1},
             boost::test_tools::per_element());
  BOOST_TEST(other.seen.positions() == std::vector<std::uint64_t>{2},
             boost::test_tools::per_element());
}

// -- the end ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_that_fails_says_so_at_once_to_all_who_wait) {
  sums all;
  program p{ec::memory::open()};
  all.before = [](const ec::event_info&) { return ec::fail(ec::errc::handler_failed, "no"); };
  const auto running = ec::unwrap(p.runtime.run(all, live()));
  auto waits = std::async(std::launch::async, [&] { return running.wait_until({1}, 10min); });
  p.deposit(1);
  const auto why = waits.get();
  BOOST_REQUIRE(!why);
  BOOST_CHECK(why.error().code == ec::errc::handler_failed);
  BOOST_CHECK(running.status().state == projection_state::failed);
  BOOST_TEST(running.status().last_failure->detail == why.error().detail);
  BOOST_CHECK(!running.outcome().get());
  BOOST_CHECK(p.runtime.wait_until("sums", {1}, 10min).error().code == ec::errc::handler_failed);
}

BOOST_AUTO_TEST_CASE(stopping_the_runtime_ends_it_and_its_handles_still_answer) {
  sums all;
  auto p = std::make_unique<program>(ec::memory::open());
  const auto store = p->store;
  const auto running = ec::unwrap(p->runtime.run(all, live()));
  ec::unwrap(running.wait_until(p->deposit_many(5), 30s));
  p->runtime.stop();
  BOOST_TEST(ec::unwrap(running.outcome().get()).saved.value == 5U);
  BOOST_TEST(ec::unwrap(store->load_checkpoint("sums"))->position.value == 5U);
  const auto refused = p->runtime.run(all, live());
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.error().code == ec::errc::shutting_down);
  p.reset();
  running.resume(); // nobody is there
  BOOST_CHECK(running.wait_until({6}, 1s).error().code == ec::errc::shutting_down);
  BOOST_TEST(running.status().name == "sums");
}

BOOST_AUTO_TEST_CASE(it_is_not_stopped_in_the_middle_of_a_batch) {
  sums all;
  std::promise<void> begun;
  std::promise<void> goes_on;
  auto p = std::make_unique<program>(ec::memory::open());
  all.before = [&](const ec::event_info& about) {
    if (about.position.value == 1) {
      begun.set_value();
      goes_on.get_future().wait();
    }
    return ec::result<>{};
  };
  p->deposit_many(3);
  const auto running = ec::unwrap(p->runtime.run(all, live()));
  begun.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { p->runtime.stop(); });
  goes_on.set_value();
  stopped.wait();
  BOOST_TEST(all.seen.positions() == first_positions(3), boost::test_tools::per_element());
  BOOST_TEST(ec::unwrap(running.outcome().get()).saved.value == 3U);
}

// -- deaths -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(one_whose_actor_dies_goes_on_after_its_checkpoint, backend,
                              backends) {
  notes all;
  backend on;
  const auto counts = std::make_shared<restart_counter>();
  program p{on.open(), counts};
  const auto into = std::make_shared<deadly>(all);
  auto options = live();
  options.save_events = 1;
  const auto running = ec::unwrap(p.runtime.run(into, options));
  ec::unwrap(running.wait_until(p.deposit_many(5), 30s));
  into->deaths = 3;
  ec::unwrap(running.wait_until(p.deposit_many(5), 30s));
  BOOST_TEST(counts->restarts == 3);
  BOOST_TEST(all.seen.positions() == first_positions(10), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_pause_outlives_the_actor) {
  notes all;
  const auto counts = std::make_shared<restart_counter>();
  program p{ec::memory::open(), counts};
  const auto into = std::make_shared<deadly>(all);
  const auto running = ec::unwrap(p.runtime.run(into, live()));
  into->at_death = [&] { running.pause(); };
  into->deaths = 1;
  p.deposit(1);
  wait_until("its actor died", [&] { return counts->restarts == 1; });
  wait_until("another one is paused",
             [&] { return running.status().state == projection_state::paused; });
  BOOST_TEST(all.seen.cents() == 0);
  running.resume();
  ec::unwrap(running.wait_until({1}, 30s));
  BOOST_TEST(all.seen.cents() == 1);
}

BOOST_AUTO_TEST_CASE(a_read_model_in_memory_begins_anew_when_its_actor_died) {
  sums all;
  program p{ec::memory::open()};
  const auto into = std::make_shared<deadly>(all);
  const auto running = ec::unwrap(p.runtime.run(into, live_in_memory()));
  ec::unwrap(running.wait_until(p.deposit_many(5), 30s));
  const auto clears = all.seen.clears();
  into->deaths = 1;
  p.deposit_many(5);
  wait_until("it has all again", [&] { return all.seen.positions() == first_positions(10); });
  BOOST_TEST(all.seen.clears() == clears + 1);
}

BOOST_AUTO_TEST_CASE(a_read_model_in_memory_that_cannot_begin_anew_ends_with_its_actor) {
  notes all;
  program p{ec::memory::open()};
  const auto into = std::make_shared<deadly>(all);
  into->deaths = 1;
  const auto running = ec::unwrap(p.runtime.run(into, live_in_memory()));
  p.deposit(1);
  const auto outcome = running.outcome().get();
  BOOST_REQUIRE(!outcome);
  BOOST_CHECK(outcome.error().code == ec::errc::handler_failed);
  BOOST_TEST(outcome.error().detail.contains("'notes' died"));
}

BOOST_AUTO_TEST_SUITE_END()
