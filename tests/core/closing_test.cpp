#include "support/accounts.hpp"
#include "support/driven.hpp"

#include <eventcore/close_stream.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/maintenance.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/scenario.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace accounts;
using namespace ec::testing;
using support::driven;

struct close_account {
  ec::stream<account> which;
  std::optional<ec::stream<account>> other;

  auto handle(const account& found, const account*, ec::emit<close_account>& emit) const
    -> ec::result<> {
    if (found.balance > 0)
      emit.to(which, money_withdrawn{found.balance});
    emit.close(which);
    emit.close<&close_account::other>();
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(close_account, (), (which, other))

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};

struct all_moves {
  static constexpr std::string_view name = "all_moves";
  using streams = ec::kinds<account>;

  int moves = 0;

  void apply(const money_deposited&) { ++moves; }
  void apply(const money_withdrawn&) { ++moves; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(closing)

BOOST_AUTO_TEST_CASE(a_closed_stream_ends_with_the_event_that_says_so) {
  const auto store = ec::memory::open();
  ec::unwrap(ec::execute(*store, deposit{alice, 5}));
  ec::unwrap(ec::execute(*store, close_account{alice, bob}));
  const auto page = read_all(*store, "account-alice");
  BOOST_TEST(types_in(page.events) == "money_deposited money_withdrawn $closed");
  BOOST_TEST(page.events.back().payload == "{}");
  BOOST_TEST(page.events.back().type_version == 1U);
  BOOST_TEST(types_in(read_all(*store, "account-bob").events) == "$closed");
}

BOOST_AUTO_TEST_CASE(folds_and_projections_pass_over_it) {
  const auto store = ec::memory::open();
  ec::unwrap(ec::execute(*store, deposit{alice, 5}));
  ec::unwrap(ec::execute(*store, close_account{alice, bob}));
  ec::unwrap(ec::execute(*store, deposit{alice, 7}));
  const auto found = ec::unwrap(ec::load(*store, alice));
  BOOST_TEST(found.state.balance == 7);
  BOOST_TEST(found.head.version.value == 4U);
  all_moves all;
  const auto run = ec::unwrap(ec::run(*store, all));
  BOOST_TEST(all.moves == 3);
  BOOST_TEST(run.reached.position.value == 5U);
}

BOOST_AUTO_TEST_CASE(scenarios_show_it) {
  given(on(alice, money_deposited{5}))
    .when(close_account{alice, bob})
    .then(on(alice, money_withdrawn{5}, closed), on(bob, closed));
  given(on(alice, money_deposited{5}, closed))
    .when(deposit{alice, 1})
    .then(on(alice, money_deposited{1}));
  BOOST_CHECK_THROW(given(on(alice)).when(close_account{alice, bob}).then(on(alice, closed)),
                    scenario_failed);
}

BOOST_AUTO_TEST_CASE(closing_a_stream_that_is_not_named_fails_the_command) {
  given(on(alice))
    .when(close_account{alice, {}})
    .then(fails(ec::errc::invalid_argument, "the optional member is empty"));
}

BOOST_AUTO_TEST_CASE(hosts_that_keep_states_can_go_on_by_the_stored_form) {
  driven run{close_account{alice, bob}, {}, ec::execution::keep::values_too};
  run.loaded(driven::state(account{}), driven::state(account{}));
  BOOST_REQUIRE_EQUAL(run.values().size(), 2U);
  constexpr auto& view = ec::view_type_of<account>;
  const auto state = view.create();
  const auto& closing = run.append().events.at(0);
  BOOST_TEST(closing.type == ec::closed_event);
  BOOST_TEST(!view.apply_value(state.get(), *run.values()[0].type, run.values()[0].value.get()));
  BOOST_CHECK(view.apply(state.get(), {.type = closing.type, .payload = closing.payload}));
}

BOOST_AUTO_TEST_CASE(any_stream_can_be_closed_without_its_type) {
  const auto store = ec::memory::open();
  ec::unwrap(ec::execute(*store, deposit{alice, 5}));
  ec::unwrap(ec::execute(*store, ec::close_stream{alice.id()}));
  ec::unwrap(ec::execute(*store, ec::close_stream{alice.id()}));
  BOOST_TEST(types_in(read_all(*store, "account-alice").events) == "money_deposited $closed");
  ec::unwrap(ec::execute(*store, deposit{alice, 6}));
  ec::unwrap(ec::execute(*store, ec::close_stream{alice.id()}));
  BOOST_TEST(head_of(*store, "account-alice").version.value == 4U);
}

BOOST_AUTO_TEST_CASE(a_stream_without_events_is_not_closed) {
  const auto store = ec::memory::open();
  must_fail(ec::execute(*store, ec::close_stream{bob.id()}), ec::errc::rule_violated,
            "stream account-bob has no events, so it cannot be closed");
  must_fail(ec::execute(*store, ec::close_stream{}), ec::errc::invalid_argument, "no name");
}

BOOST_AUTO_TEST_CASE(closing_is_a_request_like_any_other) {
  const auto store = ec::memory::open();
  ec::unwrap(ec::execute(*store, deposit{alice, 5}));
  ec::execute_options options;
  options.request = ec::unwrap(ec::request_id::of("close/1"));
  const auto first = ec::unwrap(ec::execute(*store, ec::close_stream{alice.id()}, options));
  const auto again = ec::unwrap(ec::execute(*store, ec::close_stream{alice.id()}, options));
  BOOST_CHECK(first.commit == again.commit);
  ec::unwrap(ec::execute(*store, deposit{bob, 5}));
  must_fail(ec::execute(*store, ec::close_stream{bob.id()}, options), ec::errc::request_reused);
}

BOOST_AUTO_TEST_SUITE_END()
