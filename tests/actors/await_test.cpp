#include "actors/support/following.hpp"
#include "support/wait_until.hpp"

#include <eventcore/execute.hpp>

#include <algorithm>
#include <atomic>
#include <future>

#include <boost/test/unit_test.hpp>

using namespace following;
using support::wait_until;

// Commands that are answered when projections have seen what they wrote.
namespace {

constexpr auto far_too_long = 10min; ///< a deadline that a test which works never sees

auto awaiting(std::vector<std::string> names, std::chrono::milliseconds deadline = far_too_long)
  -> ec::execute_options {
  ec::execute_options options;
  options.await = std::move(names);
  options.await_deadline = deadline;
  return options;
}

using awaited = std::vector<ec::awaited_projection>;

} // namespace

BOOST_AUTO_TEST_SUITE(read_your_writes)

BOOST_AUTO_TEST_CASE(the_answer_comes_when_the_projections_have_seen_it) {
  sums one;
  notes other;
  program p{ec::memory::open()};
  ec::unwrap(p.runtime.run(one, live()));
  ec::unwrap(p.runtime.run(other, live_in_memory()));
  for (int i = 1; i <= 100; ++i) {
    const auto done = p.deposit(1, awaiting({"sums", "notes"}));
    BOOST_TEST((done.awaited == awaited{{"sums", true}, {"notes", true}}));
    BOOST_REQUIRE(one.seen.cents() == i);
    BOOST_REQUIRE(other.seen.cents() == i);
  }
}

BOOST_AUTO_TEST_CASE(many_commands_wait_side_by_side) {
  sums all;
  std::vector<std::future<ec::result<ec::executed>>> asked;
  program p{ec::memory::open()};
  ec::unwrap(p.runtime.run(all, live()));
  for (int i = 0; i < 1'000; ++i)
    asked.push_back(p.runtime.execute(deposit{alice, 1}, awaiting({"sums"})));
  for (auto& one : asked)
    BOOST_TEST((ec::unwrap(one.get()).awaited == awaited{{"sums", true}}));
  BOOST_TEST(all.seen.cents() == 1'000);
}

// Not before: while the projection stands inside an event, the answer is not there.
BOOST_AUTO_TEST_CASE(the_answer_waits_and_the_command_is_done_meanwhile) {
  sums all;
  std::promise<void> goes_on;
  auto may_go_on = goes_on.get_future().share();
  program p{ec::memory::open()};
  all.before = [&](const ec::event_info&) {
    may_go_on.wait();
    return ec::result<>{};
  };
  ec::unwrap(p.runtime.run(all, live()));
  auto answer = p.runtime.execute(deposit{alice, 1}, awaiting({"sums"}));
  wait_until("it is committed", [&] { return ec::unwrap(p.store->head()).position.value == 1U; });
  const auto unawaited = p.deposit(1); // others go on
  BOOST_TEST(unawaited.awaited.empty());
  BOOST_CHECK(answer.wait_for(0s) == std::future_status::timeout);
  BOOST_TEST(p.runtime.status().commands_in_flight == 1U);
  goes_on.set_value();
  BOOST_TEST((ec::unwrap(answer.get()).awaited == awaited{{"sums", true}}));
}

BOOST_AUTO_TEST_CASE(at_the_deadline_the_command_has_succeeded_all_the_same) {
  sums all;
  program p{ec::memory::open()};
  ec::unwrap(p.runtime.run(all, live()));
  const auto done = p.deposit(1, awaiting({"nobody", "sums"}, 100ms));
  BOOST_TEST(done.first.value == 1U);
  BOOST_TEST((done.awaited == awaited{{"nobody", false}, {"sums", true}}));
}

BOOST_AUTO_TEST_CASE(what_failed_or_was_stopped_or_paused_is_not_waited_for) {
  sums all;
  notes other;
  program p{ec::memory::open()};
  all.before = [](const ec::event_info&) { return ec::fail(ec::errc::handler_failed, "no"); };
  const auto failing = ec::unwrap(p.runtime.run(all, live()));
  const auto paused = ec::unwrap(p.runtime.run(other, live()));
  paused.pause();
  wait_until("it is paused", [&] { return paused.status().state == ec::projection_state::paused; });
  // The first fails while it is waited for, and then it has failed.
  for (int i = 0; i < 2; ++i)
    BOOST_TEST((p.deposit(1, awaiting({"sums", "notes"})).awaited
                == awaited{{"sums", false}, {"notes", false}}));
  paused.stop();
  paused.outcome().wait();
  BOOST_TEST((p.deposit(1, awaiting({"notes"})).awaited == awaited{{"notes", false}}));
}

BOOST_AUTO_TEST_CASE(a_pause_is_told_to_who_waits) {
  sums all;
  std::promise<void> goes_on;
  auto may_go_on = goes_on.get_future().share();
  program p{ec::memory::open()};
  all.before = [&](const ec::event_info& about) {
    if (about.position.value == 1)
      may_go_on.wait();
    return ec::result<>{};
  };
  auto options = live();
  options.page.events = 1;
  const auto running = ec::unwrap(p.runtime.run(all, options));
  p.deposit(1);
  auto answer = p.runtime.execute(deposit{alice, 1}, awaiting({"sums"}));
  wait_until("it is committed", [&] { return ec::unwrap(p.store->head()).position.value == 2U; });
  running.pause();
  goes_on.set_value();
  BOOST_TEST((ec::unwrap(answer.get()).awaited == awaited{{"sums", false}}));
}

BOOST_AUTO_TEST_CASE(the_checkpoint_of_another_program_counts) {
  notes all;
  notes other;
  in_sqlite on;
  program writes{on.open()};
  program reads{on.open()};
  auto options = live();
  options.save_interval = 1ms;
  ec::unwrap(reads.runtime.run(all, options));
  const auto done = writes.deposit(3, awaiting({"notes"}));
  BOOST_TEST((done.awaited == awaited{{"notes", true}}));
  BOOST_TEST(all.seen.cents() == 3);
  ec::unwrap(writes.runtime.wait_until("notes", done.first, 30s));
  // Who stands by looks there, too.
  const auto standing_by = ec::unwrap(writes.runtime.run(other, options));
  wait_until("it stands by",
             [&] { return standing_by.status().state == ec::projection_state::standing_by; });
  BOOST_TEST((writes.deposit(3, awaiting({"notes"})).awaited == awaited{{"notes", true}}));
  BOOST_TEST(other.seen.cents() == 0);
}

// The one that led when the command was asked hangs meanwhile, and finds another one in its place.
BOOST_AUTO_TEST_CASE(a_lead_that_moves_while_a_command_waits_is_followed) {
  sums hanging;
  sums other;
  const auto on = ec::memory::open();
  std::promise<void> goes_on;
  auto may_go_on = goes_on.get_future().share();
  std::atomic<bool> hangs{false};
  program first{on};
  program second{on};
  hanging.before = [&](const ec::event_info&) {
    hangs = true;
    may_go_on.wait();
    return ec::result<>{};
  };
  auto options = live();
  options.takeover = 200ms;
  const auto was = ec::unwrap(first.runtime.run(hanging, options));
  first.deposit(1);
  wait_until("it hangs", [&] { return hangs.load(); });
  auto answer = first.runtime.execute(deposit{alice, 1}, awaiting({"sums"}, 30s));
  ec::unwrap(second.runtime.run(other, options));
  wait_until("the other one leads", [&] { return other.seen.cents() == 2; });
  goes_on.set_value();
  BOOST_TEST((ec::unwrap(answer.get()).awaited == awaited{{"sums", true}}));
  BOOST_TEST(hanging.seen.cents() == 1);
  BOOST_CHECK(was.status().state == ec::projection_state::standing_by);
}

BOOST_AUTO_TEST_CASE(waiting_for_what_nobody_runs_says_so) {
  program p{ec::memory::open()};
  const auto late = p.runtime.wait_until("nobody", {1}, 1ms);
  BOOST_REQUIRE(!late);
  BOOST_CHECK(late.error().code == ec::errc::timed_out);
  BOOST_TEST(late.error().detail.contains("projection 'nobody' does not run in this runtime"));
}

BOOST_AUTO_TEST_CASE(a_command_that_writes_nothing_waits_for_nothing) {
  program p{ec::memory::open()};
  const auto refused =
    p.runtime.execute_blocking(transfer{alice, ec::stream<account>{"bob"}, 1}, awaiting({"x"}));
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.error().code == ec::errc::rule_violated);
}

BOOST_AUTO_TEST_CASE(a_repeated_request_waits_for_what_it_wrote_then) {
  sums all;
  program p{ec::memory::open()};
  auto options = awaiting({"sums"}, 10ms);
  options.request = ec::unwrap(ec::request_id::of("once"));
  BOOST_TEST((p.deposit(1, options).awaited == awaited{{"sums", false}}));
  ec::unwrap(p.runtime.run(all, live()));
  options.await_deadline = far_too_long;
  const auto again = p.deposit(1, options);
  BOOST_TEST(again.repeated);
  BOOST_TEST((again.awaited == awaited{{"sums", true}}));
  BOOST_TEST(all.seen.cents() == 1);
}

// A projection that reacts with commands and waits for itself: in vain, until the deadline.
BOOST_AUTO_TEST_CASE(a_projection_that_waits_for_itself_goes_on_at_the_deadline) {
  sums all;
  std::vector<awaited> told;
  program p{ec::memory::open()};
  all.before = [&](const ec::event_info& about) -> ec::result<> {
    if (about.position.value == 1)
      told.push_back(p.deposit(10, awaiting({"sums"}, 20ms)).awaited);
    return {};
  };
  const auto running = ec::unwrap(p.runtime.run(all, live()));
  p.deposit(1);
  ec::unwrap(running.wait_until({2}, 30s));
  BOOST_TEST((told == std::vector<awaited>{{{"sums", false}}}));
  BOOST_TEST(all.seen.cents() == 11);
}

// An answer that is held has succeeded, also when the runtime ends before the projection comes.
BOOST_AUTO_TEST_CASE(stopping_answers_who_still_waits) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto settings = quiet_settings();
  settings.shutdown_deadline = 10ms;
  auto runtime = ec::unwrap(ec::runtime::start(system, ec::memory::open(), settings));
  auto answer = runtime.execute(deposit{alice, 1}, awaiting({"nobody"}));
  wait_until("it is committed",
             [&] { return ec::unwrap(runtime.store().head()).position.value == 1U; });
  runtime.stop();
  const auto done = ec::unwrap(answer.get());
  BOOST_TEST(done.first.value == 1U);
  BOOST_TEST((done.awaited == awaited{{"nobody", false}}));
}

BOOST_AUTO_TEST_SUITE_END()
