#include "actors/support/world.hpp"
#include "support/accounts.hpp"

#include <eventcore/load.hpp>

using namespace accounts;
using namespace support;

namespace {

const ec::stream<order> cart{"cart"};
const ec::stream<stock> apples{"apples"};

/// An account names, by its balance, the account that it depends on.
struct follow {
  ec::stream<account> first;

  static auto named(std::int64_t number) -> ec::stream<account> {
    return ec::unwrap(ec::stream<account>::of(std::to_string(number)));
  }

  auto discover(const account& start, const ec::many<account>& found) const
    -> ec::related<account> {
    ec::related<account> next;
    auto at = start.balance;
    for (int steps = 0; at > 0 && steps < 5; ++steps) { // they may form a circle
      next.add(named(at));
      const auto* read = found.find(named(at));
      at = read ? read->balance : 0;
    }
    return next;
  }

  auto handle(const account&, const ec::many<account>& found, ec::emit<follow>& emit) const
    -> ec::result<> {
    for (const auto& [stream, state] : found)
      emit.to(stream, money_withdrawn{0});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(follow, (), (first))

struct list_item {
  ec::stream<order> which;
  ec::stream<stock> item;

  auto handle(const order&, const stock&, ec::emit<list_item>& emit) const -> ec::result<> {
    emit.to(which, item_listed{item, 1});
    emit.to(item, stock_added{1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(list_item, (), (which, item))

} // namespace

BOOST_AUTO_TEST_SUITE(discovered_streams)

BOOST_AUTO_TEST_CASE(streams_that_follow_from_states_are_reserved_read_and_written) {
  world w;
  w.execute(list_item{cart, apples});
  const auto shipped = w.execute(ship_order{cart});
  w.run();
  BOOST_REQUIRE(w.succeeded(shipped));
  BOOST_TEST(w.outcome(shipped)->streams.size() == 2U);
  BOOST_TEST(ec::unwrap(ec::load(w.store->inner(), apples)).state.pieces == 0);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_lower_stream_that_is_free_is_taken_at_once) {
  world w;
  w.execute(deposit{follow::named(9), 5});
  w.execute(deposit{follow::named(5), 3});
  w.run();
  const auto one = w.execute(follow{follow::named(9)}); // 9, then 5, then 3
  w.run();
  BOOST_REQUIRE(w.succeeded(one));
  BOOST_TEST(w.outcome(one)->streams.size() == 2U);
  w.check_at_rest();
}

// Two commands that would each wait for what the other holds.
BOOST_AUTO_TEST_CASE(a_lower_stream_that_is_held_makes_the_command_begin_again_in_order) {
  auto settings = world::one_of_each();
  settings.coordinators = 2;
  world w{settings};
  w.execute(deposit{follow::named(9), 5});
  w.execute(deposit{follow::named(5), 9});
  w.run();
  std::vector<std::size_t> all;
  for (int i = 0; i < 6; ++i) {
    all.push_back(w.execute(transfer{follow::named(5), follow::named(9), 0}));
    all.push_back(w.execute(follow{follow::named(9)}));
    all.push_back(w.execute(deposit{follow::named(5), 0}));
  }
  w.run();
  w.pass(5s);
  for (const auto one : all)
    BOOST_TEST(w.is_answered(one));
  BOOST_TEST(
    std::ranges::none_of(w.watching->retried, [](const auto& again) { return !again.cascade; }));
  w.check_at_rest();
}

BOOST_AUTO_TEST_SUITE_END()
