#include "support/accounts.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/stores/memory.hpp>

#include <memory>

#include <boost/test/unit_test.hpp>

using namespace accounts;

namespace {

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};

struct fixture {
  std::shared_ptr<ec::event_store> store = ec::memory::open();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(executing, fixture)

BOOST_AUTO_TEST_CASE(a_deposit_on_an_empty_stream_stores_one_event_that_can_be_read_back) {
  ec::execute_options options;
  options.metadata.actor = "anna";
  const auto done = ec::unwrap(ec::execute(*store, deposit{alice, 500}, options));
  BOOST_TEST(done.first.value == 1U);
  BOOST_TEST(done.count == 1U);
  BOOST_REQUIRE_EQUAL(done.streams.size(), 1U);
  BOOST_TEST(done.streams[0].version.value == 1U);
  BOOST_TEST(done.attempts == 1U);

  const auto page = ec::unwrap(store->read(ec::read_stream{.stream = alice.id()}));
  BOOST_REQUIRE_EQUAL(page.events.size(), 1U);
  BOOST_TEST(page.events[0].type == "money_deposited");
  BOOST_TEST(page.events[0].payload == R"({"cents":500})");
  BOOST_TEST(ec::unwrap(ec::parse_metadata(page.events[0].metadata_json)).actor == "anna");
  BOOST_TEST(ec::unwrap(ec::load(*store, alice)).state.balance == 500);
}

BOOST_AUTO_TEST_CASE(a_rules_refusal_carries_the_domains_numbers_and_stores_nothing) {
  ec::unwrap(ec::execute(*store, deposit{alice, 100}));
  const auto refused = ec::execute(*store, transfer{alice, bob, 300});
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.error().code == ec::errc::rule_violated);
  BOOST_TEST(refused.error().text() == "rule_violated: account-alice lacks 200 cents");
  BOOST_TEST(ec::unwrap(store->head()).position.value == 1U);
}

BOOST_AUTO_TEST_CASE(a_transfer_writes_both_legs) {
  ec::unwrap(ec::execute(*store, deposit{alice, 100}));
  const auto done = ec::unwrap(ec::execute(*store, transfer{alice, bob, 30}));
  BOOST_TEST(done.first.value == 2U);
  BOOST_TEST(done.count == 2U);
  BOOST_TEST(ec::unwrap(ec::load(*store, alice)).state.balance == 70);
  BOOST_TEST(ec::unwrap(ec::load(*store, bob)).state.balance == 30);
}

BOOST_AUTO_TEST_CASE(a_repeated_request_gives_the_original_and_writes_nothing) {
  ec::execute_options options;
  options.request = ec::unwrap(ec::request_id::of("tests/1"));
  const auto first = ec::unwrap(ec::execute(*store, deposit{alice, 100}, options));
  ec::unwrap(ec::execute(*store, deposit{alice, 1}));
  const auto again = ec::unwrap(ec::execute(*store, deposit{alice, 100}, options));
  BOOST_TEST(again.repeated);
  BOOST_CHECK(again.commit == first.commit);
  BOOST_CHECK(again.first == first.first);
  BOOST_CHECK(again.streams == first.streams);
  BOOST_TEST(ec::unwrap(ec::load(*store, alice)).state.balance == 101);
  const auto other = ec::execute(*store, deposit{alice, 101}, options);
  BOOST_REQUIRE(!other);
  BOOST_CHECK(other.error().code == ec::errc::request_reused);
}

BOOST_AUTO_TEST_CASE(a_stream_is_loaded_as_of_a_version_or_a_position) {
  for (const auto cents : {1, 10, 100})
    ec::unwrap(ec::execute(*store, deposit{alice, cents}));
  BOOST_TEST(ec::unwrap(ec::load(*store, alice, {.version = {2}})).state.balance == 11);
  BOOST_TEST(ec::unwrap(ec::load(*store, alice, {.position = {1}})).state.balance == 1);
  BOOST_TEST(ec::unwrap(ec::load(*store, alice, {.version = {0}})).state.balance == 0);
  BOOST_TEST(ec::unwrap(ec::load(*store, bob)).head.version.value == 0U);
  BOOST_TEST(ec::unwrap(ec::load(*store, alice.as<deposit_count>())).state.deposits == 3);
}

BOOST_AUTO_TEST_CASE(a_stream_of_many_pages_is_folded_to_its_end) {
  constexpr auto many = 2500;
  for (int i = 0; i < many; ++i)
    ec::unwrap(ec::execute(*store, deposit{alice, 1}));
  const auto all = ec::unwrap(ec::load(*store, alice));
  BOOST_TEST(all.state.balance == many);
  BOOST_TEST(all.head.version.value == static_cast<std::uint64_t>(many));
  ec::unwrap(ec::execute(*store, transfer{alice, bob, many}));
}

BOOST_AUTO_TEST_CASE(waits_between_attempts_go_through_the_environment) {
  // Another writer is faster, twice.
  std::uint32_t strangers = 0;
  ec::environment around;
  around.random = [] { return 0.5; };
  std::vector<std::chrono::microseconds> slept;
  around.sleep = [&](std::chrono::microseconds delay) { slept.push_back(delay); };
  struct interfering final : ec::id_source {
    std::function<void()> before_commit;
    auto next_commit() -> ec::commit_id override {
      before_commit();
      return ec::random_ids().next_commit();
    }
    auto next_event(ec::timestamp now) -> ec::event_id override {
      return ec::random_ids().next_event(now);
    }
  } ids;
  ids.before_commit = [&] {
    if (strangers++ < 2)
      ec::unwrap(ec::execute(*store, deposit{alice, 1000}));
  };
  around.ids = &ids;
  const auto done = ec::unwrap(ec::execute(*store, deposit{alice, 1}, {}, around));
  BOOST_TEST(done.attempts == 3U);
  BOOST_REQUIRE_EQUAL(slept.size(), 2U);
  BOOST_TEST(slept[0].count() == 10'000);
  BOOST_TEST(slept[1].count() == 20'000);
  BOOST_TEST(ec::unwrap(ec::load(*store, alice)).state.balance == 2001);
}

BOOST_AUTO_TEST_SUITE_END()
