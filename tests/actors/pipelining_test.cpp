#include "actors/support/balance.hpp"

using namespace accounts;
using namespace support;

namespace {

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};
const ec::stream<account> carol{"carol"};

/// Deposits as much as there is, and so shows which state it decided on.
struct double_balance {
  ec::stream<account> to;

  auto handle(const account& now) const -> ec::result<money_deposited> {
    return money_deposited{now.balance};
  }
};
BOOST_DESCRIBE_STRUCT(double_balance, (), (to))

/// Reads one stream under two views, and writes to another.
struct count_deposits {
  ec::stream<account> of;
  ec::stream<account, deposit_count> same;
  ec::stream<account> to;

  auto handle(const account& one, const deposit_count& other, const account&,
              ec::emit<count_deposits>& emit) const -> ec::result<> {
    emit.to(to, money_deposited{one.balance * 1000 + other.deposits});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(count_deposits, (), (of, same, to))

/// Decides to do nothing.
struct look {
  ec::stream<account> at;

  auto handle(const account&, ec::emit<look>&) const -> ec::result<> { return {}; }
};
BOOST_DESCRIBE_STRUCT(look, (), (at))

} // namespace

BOOST_AUTO_TEST_SUITE(pipelining)

BOOST_AUTO_TEST_CASE(a_command_is_answered_with_its_positions) {
  world w;
  const auto first = w.execute(deposit{alice, 10});
  w.run();
  const auto second = w.execute(transfer{alice, bob, 3});
  w.run();
  BOOST_REQUIRE(w.succeeded(first) && w.succeeded(second));
  BOOST_TEST(w.outcome(first)->first.value == 1U);
  BOOST_TEST(w.outcome(second)->first.value == 2U);
  BOOST_TEST(w.outcome(second)->count == 2U);
  BOOST_CHECK((w.outcome(second)->streams
               == std::vector<ec::written_stream>{{alice.id(), {2}}, {bob.id(), {1}}}));
  BOOST_TEST(w.outcome(second)->attempts == 1U);
  BOOST_TEST(balance(w, alice) == 7);
  BOOST_TEST(balance(w, bob) == 3);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(the_next_command_decides_on_what_is_submitted_and_not_yet_written) {
  world w;
  w.execute(deposit{alice, 1});
  for (int i = 0; i < 5; ++i)
    w.execute(double_balance{alice});
  w.run({the_log_writer});
  BOOST_TEST(w.store->appends == 0U);
  BOOST_TEST(w.node_context->now.queued_write_sets == 6U); // none waited for the disk
  w.run();
  BOOST_TEST(w.store->appends == 1U); // and all went into one transaction
  BOOST_TEST(balance(w, alice) == 32);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(nothing_is_told_before_its_transaction_has_ended) {
  world w;
  const auto written = w.execute(deposit{alice, 10});
  const auto rejected = w.execute(transfer{bob, alice, 5}); // bob holds nothing
  const auto empty = w.execute(look{carol});
  w.run({the_log_writer});
  BOOST_TEST(!w.is_answered(written));
  BOOST_TEST(!w.is_answered(rejected));
  BOOST_TEST(!w.is_answered(empty));
  w.run();
  BOOST_TEST(w.succeeded(written));
  BOOST_TEST(w.failed_with(rejected) == "rule_violated");
  BOOST_TEST(w.succeeded(empty));
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_refusal_that_rests_on_an_outdated_state_is_decided_again) {
  world w;
  w.execute(deposit{alice, 10});
  w.run();
  const auto payment = w.execute(transfer{alice, bob, 50});
  w.run({the_log_writer}); // decided: alice holds 10
  w.stranger(deposit{alice, 90});
  w.run();
  w.pass(1s);
  BOOST_TEST(w.succeeded(payment));
  BOOST_TEST(balance(w, alice) == 50);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(commands_on_one_stream_are_served_in_the_order_they_came) {
  world w;
  std::vector<std::size_t> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(w.execute(deposit{alice, 1}));
  w.run();
  for (std::size_t i = 0; i < all.size(); ++i)
    BOOST_TEST(w.outcome(all[i])->first.value == i + 1);
}

BOOST_AUTO_TEST_CASE(transfers_in_a_circle_neither_wait_for_ever_nor_retry) {
  auto settings = world::one_of_each();
  settings.coordinators = 3;
  world w{settings};
  for (const auto& one : {alice, bob, carol})
    w.execute(deposit{one, 100});
  std::vector<std::size_t> all;
  for (int i = 0; i < 10; ++i)
    for (const auto& [from, to] : {std::pair{alice, bob}, {bob, carol}, {carol, alice}})
      all.push_back(w.execute(transfer{from, to, 1}));
  w.run();
  for (const auto one : all)
    BOOST_TEST(w.succeeded(one));
  BOOST_TEST(w.watching->retried.empty());
  BOOST_TEST(balance(w, alice) == 100);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(two_views_of_a_stream_stand_at_one_version) {
  world w;
  w.execute(deposit{alice, 7});
  w.execute(deposit{alice, 8});
  const auto both = w.execute(count_deposits{alice, alice.as<deposit_count>(), bob});
  w.run();
  BOOST_REQUIRE(w.succeeded(both));
  BOOST_TEST(balance(w, bob) == 15'002);
  // One view is in memory, with events that are not written yet; the other has to be loaded.
  w.execute(deposit{carol, 1});
  w.run();
  w.execute(deposit{carol, 1});
  const auto late = w.execute(count_deposits{carol, carol.as<deposit_count>(), bob});
  w.run({the_log_writer});
  w.run();
  BOOST_REQUIRE(w.succeeded(late));
  BOOST_TEST(balance(w, bob) == 15'002 + 2'002);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_stream_is_read_once_and_then_kept) {
  world w;
  for (int i = 0; i < 5; ++i) {
    w.execute(deposit{alice, 1});
    w.run();
  }
  BOOST_TEST(w.store->reads == 1U);
}

BOOST_AUTO_TEST_CASE(an_actor_asks_and_is_answered) {
  world w;
  std::optional<ec::executed> done;
  std::optional<ec::failure> failed;
  const auto asks = [&](ec::any_command command) {
    w.system().spawn([&, command](caf::event_based_actor* self) {
      self->request(caf::actor_cast<ec::command_actor>(w.node), 10s, ec::execute_command{command})
        .then([&](const ec::executed& outcome) { done = outcome; },
              [&](const caf::error& error) { failed = ec::to_failure(error); });
    });
    w.run();
  };
  asks(deposit{alice, 1});
  BOOST_REQUIRE(done);
  BOOST_TEST(done->first.value == 1U);
  asks(transfer{alice, bob, 100});
  BOOST_REQUIRE(failed);
  BOOST_CHECK(failed->code == ec::errc::rule_violated);
  const auto why = failed->as<insufficient_funds>();
  BOOST_REQUIRE(why);
  BOOST_TEST(why->missing == 99);
  BOOST_TEST(failed->attempts == 1U);
}

BOOST_AUTO_TEST_CASE(what_follows_in_a_composition_takes_the_answer) {
  world w;
  std::optional<std::uint64_t> done;
  const auto follows = w.system().spawn([]() -> caf::behavior {
    return {[](const ec::executed& outcome) { return outcome.first.value; }};
  });
  const auto both = follows * caf::actor_cast<caf::actor>(w.node);
  w.system().spawn([&](caf::event_based_actor* self) {
    self->request(both, 10s, ec::execute_command{deposit{alice, 1}})
      .then([&](std::uint64_t position) { done = position; });
  });
  w.run();
  BOOST_REQUIRE(done);
  BOOST_TEST(*done == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
