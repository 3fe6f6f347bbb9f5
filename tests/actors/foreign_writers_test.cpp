#include "actors/support/balance.hpp"
#include "support/snapshot_store.hpp"

using namespace accounts;
using namespace support;

namespace {

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};

auto cascades(const world& in) -> std::ptrdiff_t {
  return std::ranges::count(in.watching->retried, true, &ec::command_retried::cascade);
}

/// Reads one account and writes another.
struct mirror {
  ec::stream<account> from;
  ec::stream<account> to;

  auto handle(const account& found, const account&, ec::emit<mirror>& emit) const -> ec::result<> {
    emit.to(to, money_deposited{found.balance});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(mirror, (), (from, to))

auto request(std::string_view text) -> ec::execute_options {
  return {.request = ec::unwrap(ec::request_id::of(text))};
}

} // namespace

BOOST_AUTO_TEST_SUITE(foreign_writers)

// Ours is to be version 2; the stranger's becomes version 2 first, ours is refused, and the next of
// ours, which expects version 2, must be refused as well: it decided on a state that never was.
BOOST_AUTO_TEST_CASE(a_stranger_commits_first_and_what_was_built_on_ours_is_refused_too) {
  world w;
  w.execute(deposit{alice, 10});
  w.run();
  const auto first = w.execute(deposit{alice, 1});
  const auto second = w.execute(transfer{alice, bob, 11}); // possible only after the first
  w.run({the_log_writer});
  w.stranger(transfer{alice, bob, 10});
  w.run();
  w.pass(5s);
  BOOST_REQUIRE(w.succeeded(first));
  BOOST_TEST(w.outcome(first)->attempts == 2U);
  BOOST_TEST(w.failed_with(second) == "rule_violated"); // 10 were gone: 1 is left
  BOOST_TEST(w.outcome(second).error().attempts == 1U); // the refusal was no attempt of its own
  BOOST_TEST(cascades(w) == 1);
  BOOST_TEST(balance(w, alice) == 1);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_conflict_of_which_a_whole_queue_is_part_costs_one_attempt_of_one_command) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  std::vector<std::size_t> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(w.execute(deposit{alice, 1}));
  w.run({the_log_writer});
  w.stranger(deposit{alice, 100});
  w.run();
  w.pass(5s);
  for (const auto one : all)
    BOOST_REQUIRE(w.succeeded(one));
  BOOST_TEST(w.outcome(all[0])->attempts == 2U);
  for (std::size_t i = 1; i < all.size(); ++i)
    BOOST_TEST(w.outcome(all[i])->attempts == 1U);
  BOOST_TEST(balance(w, alice) == 121);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(
  after_a_foreign_conflict_only_written_states_are_granted_until_one_of_ours_is) {
  world w;
  w.execute(deposit{alice, 1});
  w.run();
  w.execute(deposit{alice, 1});
  w.run({the_log_writer});
  w.stranger(deposit{alice, 1});
  w.run(); // refused; the retry waits
  for (int i = 0; i < 3; ++i)
    w.execute(deposit{alice, 1});
  w.run({the_log_writer});
  BOOST_TEST(w.node_context->now.queued_write_sets == 1U); // the others wait for it
  while (w.node_context->now.queued_write_sets == 1U && w.step({}))
    ;
  w.run();
  for (int i = 0; i < 3; ++i)
    w.execute(deposit{alice, 1});
  w.run({the_log_writer});
  BOOST_TEST(w.node_context->now.queued_write_sets == 3U); // as ever
  w.run();
  w.pass(5s);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_only_read_is_checked_and_learned_from) {
  world w;
  w.execute(deposit{alice, 10});
  w.run();
  const auto rejected = w.execute(transfer{bob, alice, 5}); // rests on bob, reads alice
  w.run({the_log_writer});
  w.stranger(deposit{bob, 100});
  w.run();
  w.pass(5s);
  BOOST_TEST(w.succeeded(rejected));
  BOOST_TEST(balance(w, bob) == 95);
  w.check_at_rest();
}

// The log has lost its end: nothing newer than what is in memory will ever be found.
BOOST_AUTO_TEST_CASE(a_stream_that_is_only_read_is_read_anew_after_an_older_backup_came_back) {
  const auto database = std::make_shared<snapshot_store>(ec::memory::open());
  world w{world::one_of_each(), database};
  for (int i = 0; i < 3; ++i)
    w.stranger(deposit{bob, 10});
  w.execute(mirror{bob, alice});
  w.run();
  BOOST_TEST(balance(w, alice) == 30);
  database->exchange(ec::memory::open());
  w.stranger(deposit{bob, 10});
  const auto one = w.execute(mirror{bob, alice});
  w.run();
  w.pass(5s);
  BOOST_TEST(w.succeeded(one));
  BOOST_TEST(balance(w, alice) == 10);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_request_that_another_process_did_gets_its_positions) {
  world w;
  const auto once = ec::unwrap(ec::execute(w.store->inner(), deposit{alice, 5}, request("r/1")));
  const auto again = w.execute(deposit{alice, 5}, request("r/1"));
  const auto after = w.execute(deposit{alice, 1});
  w.run();
  w.pass(5s);
  BOOST_REQUIRE(w.succeeded(again));
  BOOST_TEST(w.outcome(again)->repeated);
  BOOST_TEST(w.outcome(again)->first.value == once.first.value);
  BOOST_TEST(w.succeeded(after)); // it had decided on five more that were never written
  BOOST_TEST(balance(w, alice) == 6);
  const auto other = w.execute(deposit{alice, 6}, request("r/1"));
  w.run();
  w.pass(5s);
  BOOST_TEST(w.failed_with(other) == "request_reused");
  BOOST_TEST(balance(w, alice) == 6);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_version_that_the_caller_saw_is_checked) {
  world w;
  w.execute(deposit{alice, 10});
  w.run();
  ec::execute_options seen;
  seen.expect(alice, {7});
  const auto one = w.execute(deposit{alice, 1}, seen);
  w.run();
  BOOST_TEST(w.failed_with(one) == "version_conflict");
  w.check_at_rest();
}

BOOST_AUTO_TEST_SUITE_END()
