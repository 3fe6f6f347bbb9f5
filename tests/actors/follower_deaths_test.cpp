#include "actors/support/balance.hpp"

#include <eventcore/event_info.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace accounts;
using namespace support;

// What becomes of projections, and of answers that wait for them, when actors die.
namespace {

const ec::stream<account> alice{"alice"};

struct total {
  static constexpr std::string_view name = "total";
  using streams = ec::kinds<account>;

  std::int64_t cents = 0;

  void apply(const money_deposited& e) { cents += e.cents; }
  void apply(const money_withdrawn& e) { cents -= e.cents; }
};

struct sights {
  static constexpr std::string_view name = "sights";
  using streams = ec::kinds<account>;

  std::vector<std::uint64_t> seen{};

  void apply(const money_deposited&, const ec::event_info& about) {
    seen.push_back(about.position.value);
  }
};

auto live() -> ec::projection_options {
  return {.until = ec::run_until::stopped, .takeover = 0ms, .save_events = 1};
}

auto awaiting(std::string projection) -> ec::execute_options {
  ec::execute_options options;
  options.await = {std::move(projection)};
  options.await_deadline = 1h;
  return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(follower_deaths)

BOOST_AUTO_TEST_CASE(a_projection_goes_on_where_it_had_saved) {
  total all;
  world w;
  w.follow(all, live());
  w.execute(deposit{alice, 1});
  w.run();
  w.kill(a_projection);
  w.run();
  w.execute(deposit{alice, 2});
  w.run();
  w.pass(1s);
  BOOST_TEST(all.cents == 3);
  BOOST_TEST(w.watching->restarted == std::vector<std::string>{"eventcore.projection"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_that_was_paused_stays_so) {
  total all;
  world w;
  const auto hosted = w.follow(all, live());
  w.run();
  hosted->pause(true);
  w.run();
  w.kill(a_projection);
  w.execute(deposit{alice, 1});
  w.run();
  w.pass(1min);
  BOOST_TEST(w.count(a_projection) == 2U);
  BOOST_TEST(all.cents == 0);
  hosted->pause(false);
  w.run();
  BOOST_TEST(all.cents == 1);
}

BOOST_AUTO_TEST_CASE(one_that_was_to_stop_ends) {
  total all;
  world w;
  const auto hosted = w.follow(all, live());
  w.run();
  hosted->stop();
  w.kill(a_projection);
  w.run();
  w.pass(1s);
  BOOST_TEST(hosted->is_over());
  BOOST_TEST(hosted->outcome().get().has_value());
}

BOOST_AUTO_TEST_CASE(one_that_was_reset_goes_back_whenever_it_dies) {
  bool is_done = false;
  for (int steps = 1; !is_done; ++steps)
    BOOST_TEST_CONTEXT("killed after " << steps << " steps") {
      sights all;
      world w;
      const auto hosted = w.follow(all, live());
      for (int i = 0; i < 3; ++i)
        w.execute(deposit{alice, 1});
      w.run();
      BOOST_TEST(all.seen == (std::vector<std::uint64_t>{1, 2, 3}),
                 boost::test_tools::per_element());
      hosted->reset({1});
      int made = 0;
      while (made < steps && w.step())
        ++made;
      is_done = made < steps;
      w.kill(a_projection);
      w.run();
      w.pass(1s);
      BOOST_TEST(std::ranges::count(all.seen, 1U) == 1);
      BOOST_TEST(std::ranges::count(all.seen, 2U) >= 2);
      BOOST_TEST(std::ranges::count(all.seen, 3U) >= 2);
    }
}

BOOST_AUTO_TEST_CASE(again_and_again_it_is_replaced_after_longer_and_longer_pauses) {
  total all;
  world w;
  w.follow(all, live());
  w.run();
  for (std::size_t deaths = 1; deaths <= 3; ++deaths) {
    w.kill(a_projection);
    w.run();
    w.pass((deaths - 1) * 100ms - 1ms);
    BOOST_TEST(w.count(a_projection) == deaths);
    w.pass(2ms);
    BOOST_TEST(w.count(a_projection) == deaths + 1);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_waits_for_the_one_that_replaces_it) {
  total all;
  world w;
  w.follow(all, live());
  w.run();
  const auto one = w.execute(deposit{alice, 1}, awaiting("total"));
  w.run({a_projection});
  BOOST_TEST(!w.is_answered(one));
  w.kill(a_projection);
  w.run();
  w.pass(1s);
  BOOST_REQUIRE(w.succeeded(one));
  BOOST_TEST(w.outcome(one)->awaited.front().reached);
  w.check_at_rest();
}

// The command is committed: it must not be told otherwise.
BOOST_AUTO_TEST_CASE(who_holds_answers_dies_and_they_go_out) {
  world w;
  const auto one = w.execute(deposit{alice, 1}, awaiting("nobody"));
  w.run();
  BOOST_TEST(!w.is_answered(one));
  w.kill(the_awaiter);
  w.run();
  BOOST_REQUIRE(w.succeeded(one));
  BOOST_TEST(!w.outcome(one)->awaited.front().reached);
  total all;
  const auto hosted = w.follow(all, live());
  const auto next = w.execute(deposit{alice, 1}, awaiting("total"));
  w.run();
  w.pass(1s);
  BOOST_TEST(w.outcome(next)->awaited.front().reached);
  hosted->stop();
  w.run();
  w.check_at_rest();
}

// Held at the time of the commit, an answer is given on the tick after its deadline.
BOOST_AUTO_TEST_CASE(an_answer_is_held_until_its_deadline) {
  world w;
  auto options = awaiting("nobody");
  options.await_deadline = 5s;
  const auto one = w.execute(deposit{alice, 1}, options);
  w.run();
  w.pass(4999ms);
  BOOST_TEST(!w.is_answered(one));
  w.pass(11ms);
  BOOST_TEST(w.succeeded(one));
}

// A reader that was asked for a checkpoint and died never answers.
BOOST_AUTO_TEST_CASE(a_checkpoint_is_asked_for_again_when_a_reader_died) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  const auto one = w.execute(deposit{alice, 1}, awaiting("elsewhere"));
  w.run({a_reader});
  w.kill(a_reader);
  w.run();
  const auto head = ec::unwrap(w.store->inner().head());
  ec::unwrap(w.store->inner().save_checkpoint("elsewhere", {head.position, head.commit}));
  w.pass(100ms);
  BOOST_REQUIRE(w.succeeded(one));
  BOOST_TEST(w.outcome(one)->awaited.front().reached);
}

BOOST_AUTO_TEST_SUITE_END()
