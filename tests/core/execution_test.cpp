#include "support/accounts.hpp"
#include "support/driven.hpp"

using namespace accounts;
using support::driven;
using support::head;
using namespace std::chrono_literals;

namespace {

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};

} // namespace

BOOST_AUTO_TEST_SUITE(execution)

BOOST_AUTO_TEST_CASE(a_command_reads_decides_appends_and_ends) {
  driven run{transfer{alice, bob, 30}};
  BOOST_REQUIRE_EQUAL(run.load().size(), 2U);
  BOOST_TEST(run.load()[0].stream.text() == "account-alice");
  BOOST_TEST(run.load()[1].stream.text() == "account-bob");

  run.loaded(driven::state(account{100}, head(3, 7)), driven::state(account{}));
  const auto& set = run.append();
  BOOST_REQUIRE_EQUAL(set.reads.size(), 2U);
  BOOST_CHECK((set.reads[0] == ec::expectation{alice.id(), head(3, 7)}));
  BOOST_CHECK((set.reads[1] == ec::expectation{bob.id(), {}}));
  BOOST_REQUIRE_EQUAL(set.events.size(), 2U);
  BOOST_TEST(set.events[0].stream == 0U);
  BOOST_TEST(set.events[0].type == "money_withdrawn");
  BOOST_TEST(set.events[0].payload == R"({"cents":30})");
  BOOST_TEST(set.events[1].stream == 1U);
  BOOST_CHECK(set.effect == ec::effect::commit);
  BOOST_TEST(!set.commit.is_nil());

  run.appended(ec::committed{set.commit, {41}, 2, {{alice.id(), {4}}, {bob.id(), {1}}}});
  const auto& done = run.done();
  BOOST_REQUIRE(done);
  BOOST_TEST(done->first.value == 41U);
  BOOST_TEST(done->attempts == 1U);
  BOOST_TEST(!done->repeated);
  BOOST_TEST(done->streams.size() == 2U);
}

BOOST_AUTO_TEST_CASE(streams_are_loaded_in_the_order_of_their_ids_and_once_each) {
  driven swapped{transfer{bob, alice, 30}};
  BOOST_TEST(swapped.load()[0].stream.text() == "account-alice");
  driven same{transfer{bob, bob, 30}};
  BOOST_TEST(same.load().size() == 1U);
  same.loaded(driven::state(account{100}, head(1, 1)));
  BOOST_TEST(same.append().reads.size() == 1U);
  BOOST_TEST(same.append().events.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_conflict_reads_and_decides_again_under_a_new_commit_id) {
  driven run{deposit{alice, 5}};
  run.loaded(driven::state(account{}, head(1, 1)));
  const auto first = run.append();
  run.refuse(head(2, 2));
  BOOST_TEST(run.wait().count() == 10'000);
  run.wake();
  BOOST_TEST(run.load().size() == 1U);
  run.loaded(driven::state(account{}, head(2, 2)));
  BOOST_CHECK(run.append().commit != first.commit);
  BOOST_CHECK((run.append().reads[0].head == head(2, 2)));
  run.commit();
  BOOST_REQUIRE(run.done());
  BOOST_TEST(run.done()->attempts == 2U);
}

BOOST_AUTO_TEST_CASE(a_reload_must_reach_what_the_conflict_found) {
  driven run{deposit{alice, 5}};
  run.loaded(driven::state(account{}, head(1, 1)));
  run.refuse(head(3, 3));
  run.wake();
  run.loaded(driven::state(account{}, head(2, 2))); // an older read must not be decided on
  run.wake();
  run.loaded(driven::state(account{}, head(3, 3)));
  run.commit();
  BOOST_REQUIRE(run.done());
  BOOST_TEST(run.done()->attempts == 3U);
}

BOOST_AUTO_TEST_CASE(delays_double_and_retries_end_with_the_streams_and_attempts_named) {
  std::vector<std::uint32_t> attempts;
  ec::execute_options options;
  options.retry.on_retry = [&](const ec::retry& again) {
    attempts.push_back(again.attempt);
    BOOST_TEST(again.command == "deposit");
    BOOST_TEST(again.streams.size() == 1U);
  };
  driven run{deposit{alice, 5}, options};
  for (const auto delay : {10ms, 20ms, 40ms, 80ms}) {
    run.loaded(driven::state(account{}, head(1, 1)));
    run.refuse(head(1, 2));
    BOOST_CHECK(run.wait() == delay);
    run.wake();
  }
  run.loaded(driven::state(account{}, head(1, 1)));
  run.refuse(head(1, 2));
  BOOST_REQUIRE(!run.done());
  const auto& failed = run.done().error();
  BOOST_CHECK(failed.code == ec::errc::conflict_retries_exhausted);
  BOOST_TEST(failed.attempts == 5U);
  BOOST_TEST(failed.detail
             == "deposit was given up after 5 attempts, the last of which met a conflict: stream "
                "account-alice is at version 1, but by another commit; try again later, or allow "
                "more retries");
  BOOST_REQUIRE_EQUAL(failed.streams.size(), 1U);
  BOOST_CHECK((failed.streams[0].found == head(1, 2)));
  BOOST_TEST(attempts == (std::vector<std::uint32_t>{1, 2, 3, 4}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_retries_the_conflict_is_told_at_once) {
  ec::execute_options options;
  options.retry = ec::retry_policy::never();
  driven run{deposit{alice, 5}, options};
  run.loaded(driven::state(account{}, head(1, 1)));
  run.refuse(head(2, 2));
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::version_conflict);
  BOOST_TEST(
    run.done().error().detail
    == "stream account-alice was expected at version 1 and found at 2; another command wrote to it "
       "meanwhile, nothing was written");
}

BOOST_AUTO_TEST_CASE(a_cascading_refusal_is_no_attempt_and_waits_for_nothing) {
  ec::execute_options options;
  options.retry = ec::retry_policy::never();
  driven run{deposit{alice, 5}, options};
  run.loaded(driven::state(account{}, head(1, 1)));
  run.refuse(head(1, 2), true);
  BOOST_TEST(run.load().size() == 1U);
  run.loaded(driven::state(account{}, head(1, 2)));
  run.commit();
  BOOST_REQUIRE(run.done());
  BOOST_TEST(run.done()->attempts == 1U);
}

BOOST_AUTO_TEST_CASE(a_store_that_fails_before_its_commit_is_tried_again) {
  driven run{deposit{alice, 5}};
  run.load_failed({ec::errc::store_unavailable, "the connection was lost"});
  run.wake();
  run.loaded(driven::state(account{}));
  run.appended(ec::failure{ec::errc::store_unavailable, "deadlock"});
  run.wake();
  run.loaded(driven::state(account{}));
  run.commit();
  BOOST_REQUIRE(run.done());
  BOOST_TEST(run.done()->attempts == 3U);
}

BOOST_AUTO_TEST_CASE(what_cannot_help_is_not_tried_again) {
  for (const auto code : {ec::errc::outcome_unknown, ec::errc::overloaded, ec::errc::read_only,
                          ec::errc::request_reused, ec::errc::invalid_argument}) {
    driven run{deposit{alice, 5}};
    run.loaded(driven::state(account{}));
    run.appended(ec::failure{code, "so"});
    BOOST_REQUIRE(!run.done());
    BOOST_CHECK(run.done().error().code == code);
  }
  driven unreadable{deposit{alice, 5}};
  unreadable.load_failed({ec::errc::codec_failed, "so"});
  BOOST_REQUIRE(!unreadable.done());
}

BOOST_AUTO_TEST_CASE(the_command_deadline_ends_retries_and_says_that_nothing_was_written) {
  ec::execute_options options;
  options.command_deadline = 1s;
  driven run{deposit{alice, 5}, options};
  run.loaded(driven::state(account{}, head(1, 1)));
  run.pass(995ms);
  run.refuse(head(2, 2));
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::timed_out);
  BOOST_TEST(run.done().error().detail.find("command-deadline of 1000 ms") != std::string::npos);

  driven late{deposit{alice, 5}, options};
  late.pass(1s);
  late.loaded(driven::state(account{}));
  BOOST_REQUIRE(!late.done());
  BOOST_CHECK(late.done().error().code == ec::errc::timed_out);
}

BOOST_AUTO_TEST_CASE(no_retry_begins_after_the_policys_total) {
  ec::execute_options options;
  options.retry.total = 25ms;
  driven run{deposit{alice, 5}, options};
  run.loaded(driven::state(account{}, head(1, 1)));
  run.refuse(head(1, 2));
  run.wake();
  run.loaded(driven::state(account{}, head(1, 2)));
  run.refuse(head(1, 3));
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::conflict_retries_exhausted);
  BOOST_TEST(run.done().error().attempts == 2U);
}

BOOST_AUTO_TEST_CASE(an_unnamed_stream_is_refused_before_anything_is_read) {
  driven run{transfer{alice, {}, 5}};
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::invalid_argument);
  BOOST_TEST(run.done().error().detail
             == "transfer: a stream of kind 'account' in the command has no name; give every "
                "stream member an id");
}

BOOST_AUTO_TEST_CASE(a_policy_out_of_its_range_is_refused) {
  ec::execute_options options;
  options.retry.jitter = 2;
  driven run{deposit{alice, 5}, options};
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
