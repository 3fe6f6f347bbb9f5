#include "actors/support/following.hpp"
#include "support/wait_until.hpp"

#include <eventcore/execute.hpp>

#include <deque>
#include <future>

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

using namespace following;
using support::wait_until;

// Subscriptions of actors, and of code that is called, on real threads.
namespace {

/// What a subscriber got, and what it does with it. Thread-safe.
struct desk {
  std::mutex mutex;
  std::vector<std::uint64_t> positions;
  std::deque<ec::events_arrived> kept;
  std::vector<caf::response_promise> unanswered;
  std::size_t most_unanswered = 0;
  std::size_t answered = 0; ///< of those that it was told to answer
  std::optional<ec::failure> ended;
  bool keeps = false; ///< answers nothing until it is told to

  auto seen() -> std::vector<std::uint64_t> {
    const std::lock_guard guard{mutex};
    return positions;
  }
  auto waiting() -> std::size_t {
    const std::lock_guard guard{mutex};
    return unanswered.size();
  }
  auto answers() -> std::size_t {
    const std::lock_guard guard{mutex};
    return answered;
  }
  auto failed() -> std::optional<ec::failure> {
    const std::lock_guard guard{mutex};
    return ended;
  }
};

struct answer_one {};
struct answer_last {};
struct refuse {};

auto subscriber(caf::event_based_actor* self, std::shared_ptr<desk> at) -> caf::behavior {
  return {
    [self, at](const ec::events_arrived& some) -> caf::result<void> {
      const std::lock_guard guard{at->mutex};
      for (const auto& event : some.batch->events)
        at->positions.push_back(event.position.value);
      auto promise = self->make_response_promise();
      if (at->keeps) {
        at->kept.push_back(some);
        at->unanswered.push_back(promise);
        at->most_unanswered = std::max(at->most_unanswered, at->unanswered.size());
      } else {
        promise.deliver(caf::unit);
      }
      return caf::delegated<void>{};
    },
    [at](const ec::subscription_ended& end) {
      const std::lock_guard guard{at->mutex};
      at->ended = *end.why;
    },
    [at](answer_one) {
      const std::lock_guard guard{at->mutex};
      at->unanswered.front().deliver(caf::unit);
      at->unanswered.erase(at->unanswered.begin());
      at->kept.pop_front();
      ++at->answered;
    },
    [at](answer_last) {
      const std::lock_guard guard{at->mutex};
      at->unanswered.back().deliver(caf::unit);
      at->unanswered.pop_back();
      ++at->answered;
    },
    [at](refuse) {
      const std::lock_guard guard{at->mutex};
      at->unanswered.front().deliver(ec::to_error({ec::errc::handler_failed, "not these"}));
      at->unanswered.erase(at->unanswered.begin());
    },
  };
}

struct subscribed {
  explicit subscribed(std::shared_ptr<ec::event_store> on) : p{std::move(on)} {}
  ~subscribed() {
    caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
    const std::lock_guard guard{at->mutex};
    at->unanswered.clear();
  }

  program p;
  std::shared_ptr<desk> at = std::make_shared<desk>();
  caf::actor who = p.system.spawn(subscriber, at);
};

auto in_pages_of(std::size_t events, ec::subscription_start from = ec::from_start{})
  -> ec::subscription_options {
  return {.from = from, .page = {.events = events}};
}

/// A store that can be away.
class leaving_store final : public ec::forwarding_store {
public:
  using ec::forwarding_store::append;
  using ec::forwarding_store::forwarding_store;

  std::atomic<int> fails{0};
  std::atomic<bool> is_rewound{false};

  auto read(const ec::read_log& query) -> ec::result<ec::log_page> override {
    if (is_rewound)
      return ec::fail(ec::errc::log_rewound, "another log");
    if (fails > 0) {
      --fails;
      return ec::fail(ec::errc::store_unavailable, "away");
    }
    return inner_->read(query);
  }
  auto read(std::span<const ec::read_stream> queries)
    -> ec::result<std::vector<ec::stream_page>> override {
    return inner_->read(queries);
  }
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(answer_one)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(answer_last)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(refuse)

BOOST_AUTO_TEST_SUITE(subscription_actors)

BOOST_AUTO_TEST_CASE(catching_up_turns_live_without_a_gap_and_nothing_comes_twice) {
  in_sqlite on;
  subscribed s{on.open()};
  s.p.deposit_many(50);
  const auto running = ec::unwrap(s.p.runtime.subscribe(in_pages_of(7), s.who));
  s.p.deposit_many(200);
  wait_until("all arrived", [&] { return s.at->seen().size() == 250; });
  BOOST_TEST(s.at->seen() == first_positions(250), boost::test_tools::per_element());
  wait_until("all is acknowledged", [&] { return running.reached().position.value == 250U; });
}

BOOST_AUTO_TEST_CASE(it_begins_where_it_is_told_to_and_gives_what_fits) {
  subscribed s{ec::memory::open()};
  s.p.deposit_many(3);
  ec::subscription_options options{.from = ec::from_now{},
                                   .filter = {.types = {"account.money_withdrawn"}}};
  const auto running = ec::unwrap(s.p.runtime.subscribe(options, s.who));
  s.p.deposit_many(3);
  ec::unwrap(s.p.runtime.execute_blocking(transfer{alice, ec::stream<account>{"bob"}, 1}));
  wait_until("it arrived", [&] { return !s.at->seen().empty(); });
  BOOST_TEST(s.at->seen() == std::vector<std::uint64_t>{7}, boost::test_tools::per_element());
}

// While it answers nothing it holds a window of batches, and nobody else waits for it.
BOOST_AUTO_TEST_CASE(a_slow_subscriber_costs_a_window_of_batches) {
  subscribed s{ec::memory::open()};
  s.at->keeps = true;
  const auto running = ec::unwrap(s.p.runtime.subscribe(in_pages_of(10), s.who, 3));
  s.p.deposit_many(2'000);
  wait_until("the window is full", [&] { return s.at->waiting() == 3; });
  s.p.deposit_many(2'000);
  BOOST_TEST(s.at->waiting() == 3U);
  BOOST_TEST(running.reached().position.value == 0U);
  for (std::size_t answered = 1; s.at->seen().size() < 4'000; ++answered) {
    wait_until("one more is there", [&] { return s.at->waiting() > 0; });
    caf::anon_send(s.who, answer_one{});
    wait_until("it is answered", [&] { return s.at->answers() == answered; });
  }
  BOOST_TEST(s.at->most_unanswered == 3U);
  BOOST_TEST(s.at->seen() == first_positions(4'000), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_answered_out_of_order_is_done_with_in_order) {
  subscribed s{ec::memory::open()};
  s.at->keeps = true;
  s.p.deposit_many(3);
  const auto running = ec::unwrap(s.p.runtime.subscribe(in_pages_of(1), s.who));
  wait_until("the window is full", [&] { return s.at->waiting() == 2; });
  caf::anon_send(s.who, answer_last{});
  wait_until("the third has come", [&] { return s.at->seen().size() == 3; });
  BOOST_TEST(running.reached().position.value == 0U);
  caf::anon_send(s.who, answer_one{});
  wait_until("two are done with", [&] { return running.reached().position.value == 2U; });
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_subscriber) {
  subscribed s{ec::memory::open()};
  s.at->keeps = true;
  const auto running = ec::unwrap(s.p.runtime.subscribe(in_pages_of(1), s.who));
  s.p.deposit_many(10);
  wait_until("the window is full", [&] { return s.at->waiting() == 2; });
  caf::anon_send_exit(s.who, caf::exit_reason::kill);
  BOOST_TEST(running.outcome().get().has_value());
  BOOST_TEST(s.p.runtime.status().store_reachable);
}

BOOST_AUTO_TEST_CASE(it_ends_when_it_is_closed) {
  subscribed s{ec::memory::open()};
  const auto running = ec::unwrap(s.p.runtime.subscribe({}, s.who));
  const auto last = s.p.deposit_many(10);
  wait_until("all is acknowledged", [&] { return running.reached().position == last; });
  running.close();
  BOOST_TEST(running.outcome().get().has_value());
  s.p.deposit_many(10);
  BOOST_TEST(s.at->seen().size() == 10U);
  BOOST_CHECK(!s.at->failed());
}

BOOST_AUTO_TEST_CASE(an_error_in_place_of_an_answer_ends_it) {
  subscribed s{ec::memory::open()};
  s.at->keeps = true;
  const auto running = ec::unwrap(s.p.runtime.subscribe({}, s.who));
  s.p.deposit(1);
  wait_until("it is there", [&] { return s.at->waiting() == 1; });
  caf::anon_send(s.who, refuse{});
  const auto ended = running.outcome().get();
  BOOST_REQUIRE(!ended);
  BOOST_TEST(ended.error().detail == "not these");
}

BOOST_AUTO_TEST_CASE(a_store_that_is_away_is_waited_for_and_another_log_ends_it) {
  const auto store = std::make_shared<leaving_store>(ec::memory::open());
  subscribed s{store};
  const auto running = ec::unwrap(s.p.runtime.subscribe({}, s.who));
  store->fails = 3;
  s.p.deposit_many(5);
  wait_until("all arrived", [&] { return s.at->seen().size() == 5; });
  BOOST_TEST(store->fails == 0);
  store->is_rewound = true;
  s.p.deposit(1);
  wait_until("it is told", [&] { return s.at->failed().has_value(); });
  BOOST_CHECK(s.at->failed()->code == ec::errc::log_rewound);
  BOOST_CHECK(running.outcome().get().error().code == ec::errc::log_rewound);
}

BOOST_AUTO_TEST_CASE(it_ends_with_the_runtime) {
  subscribed s{ec::memory::open()};
  const auto running = ec::unwrap(s.p.runtime.subscribe({}, s.who));
  s.p.runtime.stop();
  BOOST_CHECK(running.outcome().get().error().code == ec::errc::shutting_down);
  wait_until("it is told", [&] { return s.at->failed().has_value(); });
  const auto late = s.p.runtime.subscribe({}, s.who);
  BOOST_REQUIRE(!late);
  BOOST_CHECK(late.error().code == ec::errc::shutting_down);
}

BOOST_AUTO_TEST_CASE(malformed_options_are_refused) {
  subscribed s{ec::memory::open()};
  BOOST_CHECK(s.p.runtime.subscribe({}, s.who, 0).error().code == ec::errc::invalid_argument);
  BOOST_CHECK(s.p.runtime.subscribe({.filter = {.glob = "["}}, s.who).error().code
              == ec::errc::invalid_argument);
  BOOST_CHECK(s.p.runtime.subscribe({.from = ec::log_position{5}}, s.who).error().code
              == ec::errc::log_rewound);
}

// -- code that is no actor ------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_listener_is_called_with_one_batch_after_the_other) {
  board seen;
  program p{ec::memory::open()};
  p.deposit_many(20);
  const auto running =
    ec::unwrap(p.runtime.subscribe(in_pages_of(6), [&](const ec::log_batch& some) {
      for (const auto& event : some.events)
        seen.add(event.position, 1);
    }));
  const auto last = p.deposit_many(30);
  wait_until("all were taken", [&] { return running.reached().position == last; });
  BOOST_TEST(seen.positions() == first_positions(50), boost::test_tools::per_element());
  running.close();
  BOOST_TEST(running.outcome().get().has_value());
}

BOOST_AUTO_TEST_CASE(a_listener_that_throws_ends_its_subscription) {
  program p{ec::memory::open()};
  const auto running = ec::unwrap(
    p.runtime.subscribe({}, [](const ec::log_batch&) { throw std::runtime_error{"full"}; }));
  p.deposit(1);
  const auto ended = running.outcome().get();
  BOOST_REQUIRE(!ended);
  BOOST_CHECK(ended.error().code == ec::errc::handler_failed);
  BOOST_TEST(ended.error().detail.contains("full"));
  BOOST_TEST(running.reached().position.value == 0U);
}

// A listener that takes for ever does not hold up anybody.
BOOST_AUTO_TEST_CASE(a_slow_listener_slows_no_writer) {
  std::promise<void> goes_on;
  auto may_go_on = goes_on.get_future().share();
  program p{ec::memory::open()};
  const auto running =
    ec::unwrap(p.runtime.subscribe({}, [may_go_on](const ec::log_batch&) { may_go_on.wait(); }));
  const auto last = p.deposit_many(1'000);
  BOOST_TEST(running.reached().position.value == 0U);
  goes_on.set_value();
  wait_until("all were taken", [&] { return running.reached().position == last; });
}

BOOST_AUTO_TEST_SUITE_END()
