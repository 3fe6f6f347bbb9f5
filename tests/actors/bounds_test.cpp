#include "actors/support/balance.hpp"
#include "log_writer.hpp"

using namespace accounts;
using namespace support;

namespace {

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};
const ec::stream<account> carol{"carol"};

auto within(std::chrono::milliseconds deadline) -> ec::execute_options {
  return {.command_deadline = deadline};
}

auto all_fail(ec::write_batch batch, ec::errc code) -> std::vector<ec::append_outcome> {
  return std::vector<ec::append_outcome>(batch.size(), ec::failure{code, "the test says so"});
}

} // namespace

BOOST_AUTO_TEST_SUITE(bounds)

// -- overload -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_command_more_than_may_be_in_flight_is_refused_at_once) {
  auto settings = world::one_of_each();
  settings.commands.max_in_flight = 2;
  world w{settings};
  const auto one = w.execute(deposit{alice, 1});
  const auto two = w.execute(deposit{alice, 1});
  const auto three = w.execute(deposit{alice, 1});
  BOOST_TEST(w.failed_with(three) == "overloaded");
  w.run();
  BOOST_TEST(w.succeeded(one));
  BOOST_TEST(w.succeeded(two));
  const auto four = w.execute(deposit{alice, 1});
  w.run();
  BOOST_TEST(w.succeeded(four));
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(one_waiter_more_than_a_stream_may_have_is_refused_at_once) {
  auto settings = world::one_of_each();
  settings.streams.max_waiters = 2;
  world w{settings};
  std::vector<std::size_t> all;
  for (int i = 0; i < 4; ++i)
    all.push_back(w.execute(deposit{alice, 1}));
  w.run({a_reader}); // the stream is not there yet
  BOOST_TEST(w.failed_with(all[2]) == "overloaded");
  BOOST_TEST(w.failed_with(all[3]) == "overloaded");
  w.run();
  BOOST_TEST(w.succeeded(all[0]));
  BOOST_TEST(w.succeeded(all[1]));
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(more_bytes_than_may_wait_for_the_store_are_refused_at_once) {
  auto settings = world::one_of_each();
  settings.commands.max_bytes = 20;
  world w{settings};
  const auto one = w.execute(deposit{alice, 1}); // 11 bytes
  const auto two = w.execute(deposit{bob, 1});
  w.run({the_log_writer});
  BOOST_TEST(w.failed_with(two) == "overloaded");
  w.run();
  BOOST_TEST(w.succeeded(one));
  w.check_at_rest();
}

// While a commit of unknown outcome cannot be looked up, no batch takes anything out of the queue.
BOOST_AUTO_TEST_CASE(what_is_withdrawn_does_not_pile_up_while_the_store_is_away) {
  world w;
  w.store->on_find = [] {
    return std::optional{ec::failure{ec::errc::store_unavailable, "not yet"}};
  };
  const auto decide = [] {
    auto set = std::make_shared<ec::write_set>();
    set->commit = ec::random_ids().next_commit();
    return std::make_shared<ea::submission>(std::move(set), std::vector<ec::event_value>{},
                                            ec::log_position{});
  };
  const auto writer = w.system().spawn(ea::log_writer, w.node_context);
  caf::anon_send(writer,
                 ea::append{.decision = decide(), .ticket = 0, .from = {}, .uncertain = true});
  auto waiting = decide();
  auto withdrawn = decide();
  for (const auto& one : {waiting, withdrawn})
    caf::anon_send(writer, ea::append{.decision = one, .ticket = 0, .from = {}});
  w.run();
  BOOST_TEST(w.store->finds >= 1U);
  BOOST_TEST(withdrawn->withdraw());
  w.pass(1s);
  BOOST_TEST(withdrawn.use_count() == 1);
  BOOST_TEST(waiting.use_count() == 2);
  ea::end_now(writer);
  w.run();
}

// -- deadlines ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_command_whose_stream_does_not_come_is_timed_out) {
  world w;
  const auto one = w.execute(deposit{alice, 1}, within(300ms));
  w.pass(1s, {a_reader});
  BOOST_TEST(w.failed_with(one) == "timed_out");
  BOOST_TEST(w.outcome(one).error().detail.find("stream account-alice") != std::string::npos);
  w.run();
  BOOST_TEST(balance(w, alice) == 0);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_command_that_waits_for_the_log_writer_is_withdrawn_at_its_deadline) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  const auto one = w.execute(deposit{alice, 2}, within(300ms));
  const auto built_on_it = w.execute(deposit{alice, 4});
  w.pass(1s, {the_log_writer});
  BOOST_TEST(w.failed_with(one) == "timed_out");
  w.run();
  w.pass(5s);
  BOOST_TEST(w.succeeded(built_on_it));
  BOOST_TEST(balance(w, alice) == 5); // timed_out: certainly not written
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(
  a_command_that_the_store_is_writing_at_its_deadline_may_or_may_not_be_written) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  const auto one = w.execute(deposit{alice, 2}, within(300ms));
  w.store->on_append = [&](ec::write_batch) -> std::optional<std::vector<ec::append_outcome>> {
    w.store->on_append = nullptr;
    w.pass(1s, {the_log_writer}); // the store takes its time
    return std::nullopt;
  };
  w.run();
  BOOST_TEST(w.failed_with(one) == "outcome_unknown");
  const auto next = w.execute(deposit{alice, 4});
  w.run();
  w.pass(5s);
  BOOST_TEST(w.outcome(next)->attempts == 1U); // the stream learned what became of it
  BOOST_TEST(balance(w, alice) == 7);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_reservation_past_its_deadline_is_taken_away) {
  auto settings = world::one_of_each();
  settings.coordinators = 2;
  settings.streams.reservation_deadline = 200ms;
  world w{settings};
  w.execute(deposit{alice, 1});
  w.execute(deposit{alice, 1});
  w.run();
  const auto slow = w.execute(deposit{alice, 10});
  w.step(); // the node hands it on
  w.step(); // its coordinator asks for the stream
  w.run({a_coordinator});
  // The stream is granted to a coordinator that does not run; the other one's waits.
  const auto next = w.execute(deposit{alice, 100});
  w.hold_newest(a_coordinator, [&] { w.pass(1s); });
  BOOST_TEST(w.watching->lapsed >= 1U);
  w.run();
  w.pass(5s);
  BOOST_TEST(w.succeeded(slow));
  BOOST_TEST(w.succeeded(next));
  BOOST_TEST(balance(w, alice) == 112);
  w.check_at_rest();
}

// -- a store that fails -------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_outage_is_waited_out_and_is_no_attempt) {
  world w;
  const auto one = w.execute(deposit{alice, 1});
  w.store->on_append = [](ec::write_batch batch) {
    return std::optional{all_fail(batch, ec::errc::store_unavailable)};
  };
  w.run();
  w.pass(3s);
  BOOST_TEST(!w.is_answered(one));
  BOOST_TEST(w.node_context->now.store_failure.load() != nullptr);
  w.store->on_append = nullptr;
  w.pass(3s);
  BOOST_REQUIRE(w.succeeded(one));
  BOOST_TEST(w.outcome(one)->attempts == 1U);
  BOOST_TEST(w.node_context->now.store_failure.load() == nullptr);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(an_outage_past_the_deadline_is_timed_out_with_the_stores_words) {
  world w;
  const auto one = w.execute(deposit{alice, 1}, within(500ms));
  w.store->on_append = [](ec::write_batch batch) {
    return std::optional{all_fail(batch, ec::errc::store_unavailable)};
  };
  w.pass(2s);
  BOOST_TEST(w.failed_with(one) == "timed_out");
  BOOST_TEST(w.outcome(one).error().detail.find("the test says so") != std::string::npos);
  w.store->on_append = nullptr;
  w.pass(3s);
  BOOST_TEST(balance(w, alice) == 0);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(an_unknown_outcome_is_looked_up_and_told_as_what_it_was) {
  for (const bool written : {true, false}) {
    world w;
    w.execute(deposit{alice, 1});
    w.run();
    w.store->on_append = [&](ec::write_batch batch) {
      w.store->on_append = nullptr;
      if (written)
        static_cast<void>(w.store->inner().append(batch));
      return std::optional{all_fail(batch, ec::errc::outcome_unknown)};
    };
    auto outages = 3;
    w.store->on_find = [&]() -> std::optional<ec::failure> {
      if (outages-- > 0)
        return ec::failure{ec::errc::store_unavailable, "not yet"};
      return std::nullopt;
    };
    const auto one = w.execute(deposit{alice, 2});
    w.run();
    const auto next = w.execute(deposit{alice, 4});
    w.run();
    BOOST_TEST(!w.is_answered(next)); // nothing is submitted before it is known
    BOOST_TEST(w.store->appends == 2U);
    w.pass(5s);
    BOOST_TEST(w.succeeded(one));
    BOOST_TEST(w.outcome(one)->attempts == 1U);
    BOOST_TEST(w.succeeded(next));
    BOOST_TEST(balance(w, alice) == 7);
    w.check_at_rest();
  }
}

BOOST_AUTO_TEST_CASE(an_outcome_that_the_store_cannot_find_out_is_told_as_unknown) {
  world w;
  w.store->on_append = [&](ec::write_batch batch) {
    w.store->on_append = nullptr;
    return std::optional{all_fail(batch, ec::errc::outcome_unknown)};
  };
  w.store->on_find = [] {
    return std::optional{ec::failure{ec::errc::outcome_unknown, "the disk did not confirm"}};
  };
  const auto one = w.execute(deposit{alice, 2});
  w.run();
  w.pass(1s);
  BOOST_TEST(w.failed_with(one) == "outcome_unknown");
  const auto next = w.execute(deposit{alice, 4});
  w.run();
  w.pass(5s);
  BOOST_TEST(w.succeeded(next));
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_stream_that_cannot_be_read_is_refused_and_never_taken_for_empty) {
  world w;
  w.stranger(deposit{alice, 100});
  w.store->on_read = [] {
    return std::optional{ec::failure{ec::errc::store_unavailable, "no connection"}};
  };
  const auto one = w.execute(transfer{alice, bob, 50}, {.retry = ec::retry_policy::never()});
  w.run();
  BOOST_TEST(w.failed_with(one) == "store_unavailable");
  w.store->on_read = nullptr;
  const auto two = w.execute(transfer{alice, bob, 50});
  w.run();
  BOOST_TEST(w.succeeded(two));
  w.check_at_rest();
}

// -- how many streams are kept ------------------------------------------------

BOOST_AUTO_TEST_CASE(the_longest_unused_streams_go_when_there_are_too_many) {
  auto settings = world::one_of_each();
  settings.streams.max_active = 2;
  world w{settings};
  for (const auto& one : {alice, bob, carol, alice, bob}) {
    w.execute(deposit{one, 1});
    w.run();
    BOOST_TEST(w.active_streams() <= 2U);
  }
  BOOST_TEST(balance(w, alice) == 2);
  BOOST_TEST(balance(w, bob) == 2);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_stream_with_unwritten_events_or_waiters_stays) {
  auto settings = world::one_of_each();
  settings.streams.max_active = 1;
  world w{settings};
  w.execute(deposit{alice, 1});
  w.execute(deposit{bob, 1});
  w.execute(deposit{carol, 1});
  w.run({the_log_writer});
  BOOST_TEST(w.active_streams() == 3U);
  w.run();
  w.execute(deposit{alice, 1});
  w.run();
  BOOST_TEST(w.active_streams() == 1U);
  BOOST_TEST(w.store->reads <= 4U);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_asked_to_go_with_unwritten_events_stays) {
  auto settings = world::one_of_each();
  settings.streams.max_active = 1;
  world w{settings};
  w.execute(deposit{alice, 1});
  w.run({the_log_writer});
  w.execute(deposit{bob, 1}); // alice is asked to go
  w.run({the_log_writer});
  BOOST_TEST(w.active_streams() == 2U);
  const auto next = w.execute(deposit{alice, 1});
  w.run({the_log_writer});
  w.run();
  w.pass(5s);
  BOOST_REQUIRE(w.succeeded(next));
  BOOST_TEST(w.watching->retried.empty());
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_stream_that_nobody_asks_for_goes) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  BOOST_TEST(w.active_streams() == 1U);
  w.pass(w.node_context->settings.streams.idle_after * 2);
  BOOST_TEST(w.active_streams() == 0U);
}

BOOST_AUTO_TEST_CASE(what_comes_while_a_stream_goes_is_served_by_its_next_owner) {
  auto settings = world::one_of_each();
  settings.streams.max_active = 1;
  world w{settings};
  w.execute(deposit{alice, 1});
  w.run();
  const auto other = w.execute(deposit{bob, 1}); // alice is asked to go
  w.run({a_stream});
  const auto late = w.execute(deposit{alice, 1});
  w.run();
  w.pass(1s);
  BOOST_TEST(w.succeeded(other));
  BOOST_TEST(w.succeeded(late));
  w.check_at_rest();
}

// -- the end ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_runtime_that_stops_answers_everything) {
  world w;
  const auto one = w.execute(deposit{alice, 1});
  w.run({the_log_writer});
  w.node_context->gate->close();
  const auto late = w.execute(deposit{alice, 1});
  BOOST_TEST(w.failed_with(late) == "shutting_down");
  caf::anon_send(w.node, ea::stop{});
  w.run({the_log_writer}); // which had not begun: certainly nothing is written
  BOOST_TEST(w.failed_with(one) == "shutting_down");
  w.run();
  BOOST_TEST(balance(w, alice) == 0);
  BOOST_TEST(w.active_streams() == 0U);
  w.check_at_rest();
}

BOOST_AUTO_TEST_SUITE_END()
