#include "actors/support/balance.hpp"

#include <stdexcept>

using namespace accounts;
using namespace support;

// Whoever dies: no reservation stays held, no command unanswered, no state wrong.
namespace {

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};

auto commit_all(ec::event_store& store, ec::write_batch batch) { return store.append(batch); }

} // namespace

BOOST_AUTO_TEST_SUITE(deaths)

BOOST_AUTO_TEST_CASE(a_log_writer_that_dies_before_it_wrote_is_replaced_and_all_is_written_once) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  const auto one = w.execute(deposit{alice, 2});
  const auto next = w.execute(deposit{alice, 3});
  w.run({the_log_writer});
  w.kill(the_log_writer);
  w.run();
  w.pass(5s);
  BOOST_TEST(w.succeeded(one));
  BOOST_TEST(w.succeeded(next));
  BOOST_TEST(w.watching->restarted == std::vector<std::string>{"eventcore.log-writer"},
             boost::test_tools::per_element());
  BOOST_TEST(w.store->finds == 0U); // it certainly had not begun
  BOOST_TEST(balance(w, alice) == 6);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_log_writer_that_dies_not_knowing_is_replaced_and_the_commit_is_found) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  w.store->on_append = [&](ec::write_batch batch) {
    w.store->on_append = nullptr;
    commit_all(w.store->inner(), batch);
    return std::optional{std::vector<ec::append_outcome>(
      batch.size(), ec::failure{ec::errc::outcome_unknown, "the line was cut"})};
  };
  w.store->on_find = [] {
    return std::optional{ec::failure{ec::errc::store_unavailable, "not yet"}};
  };
  const auto one = w.execute(deposit{alice, 2});
  w.run();
  w.kill(the_log_writer);
  w.store->on_find = nullptr;
  w.run();
  BOOST_REQUIRE(w.succeeded(one));
  BOOST_TEST(w.outcome(one)->first.value == 2U);
  BOOST_TEST(balance(w, alice) == 3);
  BOOST_TEST(w.watching->restarted.size() == 1U);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_store_that_throws_after_it_wrote_is_asked_what_it_did) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  w.store->on_append =
    [&](ec::write_batch batch) -> std::optional<std::vector<ec::append_outcome>> {
    w.store->on_append = nullptr;
    commit_all(w.store->inner(), batch);
    throw std::runtime_error{"a store that breaks its contract"};
  };
  const auto one = w.execute(deposit{alice, 2});
  w.run();
  w.pass(5s);
  BOOST_REQUIRE(w.succeeded(one));
  BOOST_TEST(w.outcome(one)->first.value == 2U);
  BOOST_TEST(w.outcome(one)->attempts == 1U);
  BOOST_TEST(w.store->finds == 1U);
  BOOST_TEST(balance(w, alice) == 3);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_reader_that_dies_is_replaced_and_the_stream_is_read_again) {
  world w;
  w.execute(deposit{bob, 1});
  w.run();
  const auto one = w.execute(deposit{alice, 2});
  w.run({a_reader});
  w.kill(a_reader);
  w.run();
  BOOST_TEST(w.succeeded(one));
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_stream_actor_that_dies_is_replaced_and_who_waited_asks_again) {
  auto settings = world::one_of_each();
  settings.coordinators = 2;
  world w{settings};
  w.execute(deposit{alice, 1});
  w.run();
  std::vector<std::size_t> all;
  for (int i = 0; i < 6; ++i)
    all.push_back(w.execute(deposit{alice, 1}));
  w.run({a_stream});
  w.kill(a_stream);
  w.run();
  w.pass(5s);
  for (const auto one : all)
    BOOST_TEST(w.succeeded(one));
  BOOST_TEST(balance(w, alice) == 7);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_stream_actor_that_dies_with_unwritten_events_takes_nothing_along) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  const auto one = w.execute(deposit{alice, 1});
  w.run({the_log_writer});
  w.kill(a_stream);
  const auto two = w.execute(deposit{alice, 1}); // its owner reads the log without the first
  w.run({the_log_writer});
  w.run();
  w.pass(5s);
  BOOST_TEST(w.succeeded(one));
  BOOST_TEST(w.succeeded(two));
  BOOST_TEST(balance(w, alice) == 3);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(the_router_dies_and_every_command_goes_on) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  std::vector<std::size_t> all;
  for (int i = 0; i < 4; ++i)
    all.push_back(w.execute(transfer{alice, bob, 0})); // rejected: moves nothing
  for (int i = 0; i < 4; ++i)
    all.push_back(w.execute(deposit{bob, 1}));
  w.run({the_router});
  w.kill(the_router);
  w.run();
  w.pass(5s);
  for (const auto one : all)
    BOOST_TEST(w.is_answered(one));
  BOOST_TEST(balance(w, bob) == 4);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_coordinator_that_dies_holding_a_stream_leaves_it_free) {
  auto settings = world::one_of_each();
  settings.coordinators = 2;
  world w{settings};
  w.execute(deposit{alice, 1});
  w.execute(deposit{alice, 1});
  w.run();
  const auto lost = w.execute(deposit{alice, 1});
  w.run({a_coordinator}); // nothing: the command itself waits for its coordinator
  while (w.count(a_stream) == 0 && w.step())
    ;
  w.step();               // it asks for the stream
  w.run({a_coordinator}); // which is granted
  w.kill(a_coordinator);
  w.run();
  const auto next = w.execute(deposit{alice, 10});
  const auto after = w.execute(deposit{alice, 10});
  w.run();
  w.pass(5s);
  BOOST_TEST((w.failed_with(lost) == "store_unavailable" || w.succeeded(lost)));
  BOOST_TEST(w.succeeded(next));
  BOOST_TEST(w.succeeded(after));
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(
  a_coordinator_that_dies_before_the_append_is_tried_says_that_nothing_is_written) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  const auto lost = w.execute(deposit{alice, 5});
  w.run({the_log_writer});
  w.kill(a_coordinator);
  w.run({the_log_writer});
  BOOST_TEST(w.failed_with(lost) == "store_unavailable");
  const auto next = w.execute(deposit{alice, 1});
  w.run();
  w.pass(5s);
  BOOST_TEST(w.succeeded(next));
  BOOST_TEST(balance(w, alice) == 2);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_coordinator_that_dies_while_the_store_writes_says_that_nobody_knows) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  const auto lost = w.execute(deposit{alice, 5});
  w.run({the_log_writer});
  while (w.store->appends < 2 && w.step({a_coordinator}))
    ;
  w.kill(a_coordinator); // before it takes the outcome
  w.run();
  BOOST_TEST(w.failed_with(lost) == "outcome_unknown");
  const auto next = w.execute(deposit{alice, 1});
  w.run();
  w.pass(5s);
  BOOST_TEST(w.succeeded(next));
  BOOST_TEST(balance(w, alice) == 7);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(an_actor_that_asked_a_coordinator_which_dies_is_answered) {
  world w;
  std::optional<ec::failure> failed;
  w.system().spawn([&](caf::event_based_actor* self) {
    self
      ->request(caf::actor_cast<ec::command_actor>(w.node), 600s,
                ec::execute_command{deposit{alice, 1}})
      .then([](const ec::executed&) {},
            [&](const caf::error& error) { failed = ec::to_failure(error); });
  });
  w.run({a_reader});
  w.kill(a_coordinator);
  w.run();
  BOOST_REQUIRE(failed);
  BOOST_CHECK(failed->code == ec::errc::store_unavailable);
  w.check_at_rest();
}

BOOST_AUTO_TEST_SUITE_END()
