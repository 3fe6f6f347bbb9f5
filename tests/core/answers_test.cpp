#include "support/accounts.hpp"
#include "support/driven.hpp"

#include <stdexcept>

using namespace accounts;
using support::driven;
using support::head;

namespace {

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};

struct do_nothing {
  ec::stream<account> which;

  auto handle(const account&, ec::emit<do_nothing>&) const -> ec::result<> { return {}; }
};
BOOST_DESCRIBE_STRUCT(do_nothing, (), (which))

struct throw_up {
  ec::stream<account> which;

  auto handle(const account&, ec::emit<throw_up>&) const -> ec::result<> {
    throw std::runtime_error{"a bug"};
  }
};
BOOST_DESCRIBE_STRUCT(throw_up, (), (which))

struct emit_elsewhere {
  ec::stream<account> which;

  auto handle(const account&, ec::emit<emit_elsewhere>& emit) const -> ec::result<> {
    emit.to(bob, money_deposited{1});
    emit.to(which, money_deposited{1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(emit_elsewhere, (), (which))

auto with_request() -> ec::execute_options {
  ec::execute_options options;
  options.request = ec::unwrap(ec::request_id::of("tests/1"));
  return options;
}

} // namespace

// Grants are not one snapshot: an answer that writes nothing may rest on a combination of states
// that never existed.
BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(a_rules_refusal_is_checked_before_it_is_told) {
  driven run{transfer{alice, bob, 30}};
  run.loaded(driven::state(account{10}, head(1, 1)), driven::state(account{}, head(2, 2)));
  BOOST_TEST(run.append().events.empty());
  BOOST_CHECK(run.append().effect == ec::effect::answer);
  BOOST_TEST(run.append().reads.size() == 2U);
  run.commit();
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::rule_violated);
  BOOST_TEST(run.done().error().detail == "account-alice lacks 20 cents");
  BOOST_REQUIRE(run.done().error().as<insufficient_funds>());
  BOOST_TEST(run.done().error().as<insufficient_funds>()->missing == 20);
  BOOST_TEST(!run.done().error().as<out_of_stock>());
}

BOOST_AUTO_TEST_CASE(a_rules_refusal_on_states_that_have_moved_is_decided_again) {
  driven run{transfer{alice, bob, 30}};
  run.loaded(driven::state(account{10}, head(1, 1)), driven::state(account{}));
  run.refuse(head(2, 2));
  run.wake();
  run.loaded(driven::state(account{50}, head(2, 2)), driven::state(account{}));
  BOOST_CHECK(run.append().effect == ec::effect::commit);
  BOOST_TEST(run.append().events.size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_empty_decision_is_checked_and_is_a_success) {
  driven run{do_nothing{alice}};
  run.loaded(driven::state(account{}, head(1, 1)));
  BOOST_TEST(run.append().events.empty());
  BOOST_CHECK(run.append().effect == ec::effect::commit);
  run.commit();
  BOOST_REQUIRE(run.done());
  BOOST_TEST(run.done()->count == 0U);
}

BOOST_AUTO_TEST_CASE(what_the_handler_throws_is_checked_and_told) {
  driven run{throw_up{alice}};
  run.loaded(driven::state(account{}, head(1, 1)));
  BOOST_CHECK(run.append().effect == ec::effect::answer);
  run.commit();
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::handler_failed);
  BOOST_TEST(run.done().error().detail == "throw_up::handle() threw: a bug");
}

BOOST_AUTO_TEST_CASE(an_event_to_a_stream_outside_the_boundary_fails_the_command) {
  driven run{emit_elsewhere{alice}};
  run.loaded(driven::state(account{}, head(1, 1)));
  BOOST_TEST(run.append().events.empty());
  run.commit();
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::invalid_argument);
  BOOST_TEST(run.done().error().detail
             == "emit_elsewhere::handle(): event 'money_deposited' goes to stream 'account-bob', "
                "which is not one "
                "of the command's streams; make it a member of the command or discover it");
}

BOOST_AUTO_TEST_CASE(a_done_request_beats_a_refusal) {
  driven run{transfer{alice, bob, 30}, with_request()};
  run.loaded(driven::state(account{10}, head(1, 1)), driven::state(account{}));
  BOOST_REQUIRE(run.append().request);
  run.appended(ec::duplicate{{support::commit_number(9), {5}, 2, {{alice.id(), {1}}}}});
  BOOST_REQUIRE(run.done());
  BOOST_TEST(run.done()->repeated);
  BOOST_TEST(run.done()->first.value == 5U);
}

BOOST_AUTO_TEST_CASE(a_done_request_beats_streams_that_cannot_be_read) {
  for (const auto code : {ec::errc::codec_failed, ec::errc::archived, ec::errc::handler_failed,
                          ec::errc::store_corrupt}) {
    driven run{transfer{alice, bob, 30}, with_request()};
    run.load_failed({code, "so"});
    BOOST_CHECK(run.append().effect == ec::effect::answer);
    BOOST_TEST(run.append().reads.empty());
    BOOST_REQUIRE(run.append().request);
    run.appended(ec::duplicate{{support::commit_number(9), {5}, 2, {{alice.id(), {1}}}}});
    BOOST_REQUIRE(run.done());
    BOOST_TEST(run.done()->first.value == 5U);

    driven first{transfer{alice, bob, 30}, with_request()};
    first.load_failed({code, "so"});
    first.commit();
    BOOST_REQUIRE(!first.done());
    BOOST_CHECK(first.done().error().code == code);
  }
  driven busy{transfer{alice, bob, 30}, with_request()};
  busy.load_failed({ec::errc::overloaded, "so"});
  BOOST_CHECK(busy.done().error().code == ec::errc::overloaded);
}

BOOST_AUTO_TEST_CASE(a_requests_digest_is_of_the_command_and_not_of_its_events) {
  driven poor{transfer{alice, bob, 30}, with_request()};
  poor.loaded(driven::state(account{10}, head(1, 1)), driven::state(account{}));
  driven rich{transfer{alice, bob, 30}, with_request()};
  rich.loaded(driven::state(account{100}, head(1, 1)), driven::state(account{}));
  driven other{transfer{alice, bob, 31}, with_request()};
  other.loaded(driven::state(account{100}, head(1, 1)), driven::state(account{}));
  BOOST_CHECK(poor.append().request == rich.append().request);
  BOOST_CHECK(poor.append().request->digest != other.append().request->digest);
}

BOOST_AUTO_TEST_CASE(a_version_that_the_caller_expects_is_checked_and_never_retried) {
  ec::execute_options options;
  options.expect(alice, {4});
  driven run{deposit{alice, 1}, options};
  run.loaded(driven::state(account{}, head(5, 1)));
  BOOST_CHECK(run.append().effect == ec::effect::answer);
  run.commit();
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::version_conflict);
  BOOST_TEST(run.done().error().detail
             == "stream account-alice was expected at version 4 and found at 5; it has changed "
                "since the caller "
                "read it: read it again and decide anew");

  driven fitting{deposit{alice, 1}, options};
  fitting.loaded(driven::state(account{}, head(4, 1)));
  BOOST_CHECK(fitting.append().effect == ec::effect::commit);
}

BOOST_AUTO_TEST_SUITE_END()
