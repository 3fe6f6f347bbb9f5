#include "support/accounts.hpp"
#include "support/driven.hpp"

#include <string>

#include <fmt/format.h>

using namespace accounts;
using support::driven;
using support::head;
using namespace std::chrono_literals;

// What hosts need that keep states and reserve streams.
namespace {

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};
const ec::stream<order> cart{"cart"};
const ec::stream<stock> apples{"apples"};

auto one_apple() -> order {
  order made;
  made.apply(item_listed{apples, 1});
  return made;
}

/// Finds another stream in every round.
struct wandering {
  ec::stream<account> first;

  auto discover(const account&, const ec::many<account>& found) const -> ec::related<account> {
    ec::related<account> all;
    for (const auto& [stream, state] : found)
      all.add(stream);
    all.add(ec::unwrap(ec::stream<account>::of(fmt::format("{:03}", found.size()))));
    return all;
  }

  auto handle(const account&, const ec::many<account>&, ec::emit<wandering>&) const
    -> ec::result<> {
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(wandering, (), (first))

} // namespace

BOOST_AUTO_TEST_SUITE(hosting)

BOOST_AUTO_TEST_CASE(a_host_that_gave_up_loads_all_that_is_known_in_order_and_it_is_no_attempt) {
  driven run{ship_order{cart}};
  run.loaded(driven::state(one_apple(), head(1, 1)));
  BOOST_REQUIRE_EQUAL(run.load().size(), 1U); // the apples, which sort after the cart
  run.gave_up();
  BOOST_REQUIRE_EQUAL(run.load().size(), 2U);
  BOOST_TEST(run.load()[0].stream.text() == "order-cart");
  BOOST_TEST(run.load()[1].stream.text() == "stock-apples");
  run.loaded(driven::state(one_apple(), head(1, 1)), driven::state(stock{5}, head(2, 2)));
  run.commit();
  BOOST_REQUIRE(run.done());
  BOOST_TEST(run.done()->attempts == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_host_gave_up_is_part_of_the_boundary_only_if_it_is_found_again) {
  driven run{ship_order{cart}};
  run.loaded(driven::state(one_apple(), head(1, 1)));
  run.gave_up();
  order empty;
  run.loaded(driven::state(empty, head(2, 3)), driven::state(stock{5}, head(2, 2)));
  BOOST_REQUIRE_EQUAL(run.append().reads.size(), 1U);
  BOOST_TEST(run.append().reads[0].stream.text() == "order-cart");
}

BOOST_AUTO_TEST_CASE(giving_up_again_and_again_comes_to_the_end_of_the_rounds) {
  driven run{wandering{alice}};
  std::size_t times = 0;
  for (; run.is<ec::execution::load>() && times < 100; ++times) {
    run.gave_up();
    std::vector<ec::stream_state> states;
    for (std::size_t i = 0; i < run.load().size(); ++i)
      states.push_back(driven::state(account{}));
    run.loaded_all(std::move(states));
  }
  BOOST_TEST(times == 17U); // of 16 rounds, and the one too many
  run.commit();
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::discovery_exhausted);
}

BOOST_AUTO_TEST_CASE(a_withdrawn_append_ends_the_command_at_once) {
  driven run{deposit{alice, 1}};
  run.loaded(driven::state(account{}));
  run.withdrawn({ec::errc::overloaded, "no room"});
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::overloaded);
  BOOST_TEST(run.done().error().attempts == 1U);
}

BOOST_AUTO_TEST_CASE(states_are_let_go_of_before_the_append) {
  driven run{transfer{alice, bob, 1}};
  const auto held = std::make_shared<const account>(account{100});
  run.loaded(ec::stream_state{head(1, 1), held}, driven::state(account{}));
  BOOST_REQUIRE(run.is<ec::execution::append>());
  BOOST_TEST(held.use_count() == 1);
  BOOST_CHECK((run.append().reads[0].head == head(1, 1)));
}

BOOST_AUTO_TEST_CASE(values_come_beside_their_events_when_they_are_wanted) {
  driven run{transfer{alice, bob, 30}, {}, ec::execution::keep::values_too};
  run.loaded(driven::state(account{100}, head(1, 1)), driven::state(account{}));
  BOOST_REQUIRE_EQUAL(run.values().size(), 2U);
  constexpr auto& view = ec::view_type_of<account>;
  const auto state = view.create();
  BOOST_TEST(view.apply_value(state.get(), *run.values()[0].type, run.values()[0].value.get()));
  BOOST_TEST(std::static_pointer_cast<account>(state)->balance == -30);

  driven encoded_only{deposit{alice, 1}};
  encoded_only.loaded(driven::state(account{}));
  BOOST_TEST(encoded_only.values().empty());
}

BOOST_AUTO_TEST_CASE(a_value_of_another_kind_is_not_applied) {
  constexpr auto& view = ec::view_type_of<stock>;
  const auto state = view.create();
  const money_deposited event{5};
  BOOST_TEST(!view.apply_value(state.get(), ec::event_type_of<account, money_deposited>, &event));
  BOOST_TEST(std::static_pointer_cast<stock>(state)->pieces == 0);
}

BOOST_AUTO_TEST_CASE(an_expired_command_says_what_it_waited_for) {
  driven run{deposit{alice, 1}, {.command_deadline = 250ms}};
  const auto late = run.expire("stream account-alice");
  BOOST_CHECK(late.code == ec::errc::timed_out);
  BOOST_TEST(late.detail
             == "deposit did not end within its command-deadline of 250 ms: in attempt 1 it waited "
                "for stream account-alice; nothing was written");
}

BOOST_AUTO_TEST_SUITE_END()
