#include "request_cases.hpp"

#include "support/accounts.hpp"
#include "support/wait_until.hpp"

#include <eventcore/actors/runtime.hpp>
#include <eventcore/close_stream.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace request_cases {

using namespace accounts;
using namespace std::chrono_literals;

namespace {

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};

/// A program on the store.
struct program {
  explicit program(std::shared_ptr<ec::event_store> on, std::chrono::milliseconds keep = 0ms)
      : store{std::move(on)},
        runtime{ec::unwrap(ec::runtime::start(system, store, settings(keep)))} {}

  static auto settings(std::chrono::milliseconds keep) -> ec::runtime_settings {
    ec::runtime_settings made;
    made.log.level = "off";
    made.retry.retries = 1'000; // two programs on one stream
    made.retry.initial = 1ms;
    made.retry.cap = 5ms;
    made.requests.keep = keep;
    return made;
  }

  auto under(const std::string& id) const -> ec::execute_options {
    auto options = runtime.defaults();
    options.request = ec::unwrap(ec::request_id::of(id));
    return options;
  }

  auto ask(const ec::any_command& command, const std::string& id) -> ec::result<ec::executed> {
    return runtime.execute_blocking(command, under(id));
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  std::shared_ptr<ec::event_store> store;
  ec::runtime runtime;
};

auto head(ec::event_store& store) -> std::uint64_t {
  return ec::unwrap(store.head()).position.value;
}

void check_same(const ec::result<ec::executed>& found, const ec::executed& original) {
  BOOST_REQUIRE_MESSAGE(found, (found ? std::string{} : found.error().text()));
  BOOST_TEST(found->repeated);
  BOOST_TEST((found->commit == original.commit));
  BOOST_TEST(found->first.value == original.first.value);
  BOOST_TEST(found->count == original.count);
  BOOST_TEST((found->streams == original.streams));
}

// The positions of the original are given after a retry, after a restart of the program, to another
// program, and without a runtime.
void repetitions_get_the_original(const opener& open) {
  ec::executed original;
  const transfer payment{alice, bob, 30};
  {
    program one{open()};
    ec::unwrap(one.ask(deposit{alice, 100}, "salary"));
    original = ec::unwrap(one.ask(payment, "rent"));
    BOOST_TEST(!original.repeated);
    BOOST_TEST(original.first.value == 2U);
    BOOST_TEST(original.count == 2U);
    ec::unwrap(one.ask(deposit{bob, 1}, "interest")); // the streams go on
    check_same(one.ask(payment, "rent"), original);
    program other{open()};
    check_same(other.ask(payment, "rent"), original);
  }
  program restarted{open()};
  check_same(restarted.ask(payment, "rent"), original);
  const auto store = open();
  check_same(ec::execute(*store, payment, restarted.under("rent")), original);
  BOOST_TEST(head(*store) == 4U);
  BOOST_TEST(ec::unwrap(ec::load(*store, bob)).state.balance == 31);
}

// The id with another command is refused, and harms nothing.
void another_command_under_the_id_is_refused(const opener& open) {
  program one{open()};
  const auto original = ec::unwrap(one.ask(deposit{alice, 100}, "salary"));
  for (const ec::any_command& other :
       {ec::any_command{deposit{alice, 101}}, ec::any_command{deposit{bob, 100}},
        ec::any_command{transfer{alice, bob, 1}}}) {
    const auto told = one.ask(other, "salary");
    BOOST_REQUIRE(!told);
    BOOST_CHECK(told.error().code == ec::errc::request_reused);
    BOOST_TEST(told.error().detail.contains("salary"), told.error().text());
  }
  BOOST_TEST(head(*one.store) == 1U);
  check_same(one.ask(deposit{alice, 100}, "salary"), original);
  BOOST_TEST(one.ask(deposit{alice, 101}, "bonus").has_value()); // nobody waits for anything
}

// What was rejected by a rule has not used up its id.
void the_id_of_a_rejected_command_stays_free(const opener& open) {
  program one{open()};
  const transfer payment{alice, bob, 30};
  for (int i = 0; i < 2; ++i) {
    const auto told = one.ask(payment, "rent");
    BOOST_REQUIRE(!told);
    BOOST_CHECK(told.error().code == ec::errc::rule_violated);
  }
  ec::unwrap(one.ask(deposit{alice, 100}, "salary"));
  const auto done = ec::unwrap(one.ask(payment, "rent"));
  BOOST_TEST(!done.repeated);
  check_same(one.ask(payment, "rent"), done);
}

// Many at once, in two programs: one effect, and each is told its positions.
void duplicates_at_the_same_time_have_one_effect(const opener& open) {
  program one{open()};
  program other{open()};
  constexpr int requests = 10;
  constexpr int each = 8;
  std::vector<std::pair<int, std::future<ec::result<ec::executed>>>> told;
  for (int i = 0; i < each; ++i)
    for (int n = 0; n < requests; ++n) {
      auto& by = (i + n) % 2 == 0 ? one : other;
      told.emplace_back(
        n, by.runtime.execute(deposit{n % 2 == 0 ? alice : bob, n}, by.under(std::to_string(n))));
    }
  std::vector<std::vector<ec::executed>> done(requests);
  for (auto& [n, answer] : told)
    done[static_cast<std::size_t>(n)].push_back(ec::unwrap(answer.get()));
  for (const auto& all : done) {
    const auto original = std::ranges::find(all, false, &ec::executed::repeated);
    BOOST_REQUIRE(original != all.end());
    BOOST_TEST(std::ranges::count(all, false, &ec::executed::repeated) == 1);
    for (const auto& again : all)
      if (again.repeated)
        check_same(again, *original);
  }
  BOOST_TEST(head(*one.store) == static_cast<std::uint64_t>(requests));
}

// Its streams need not be readable for that: an event of a newer program, payloads in an archive.
void repetitions_get_the_original_whatever_became_of_the_streams(const opener& open) {
  program one{open()};
  const auto original = ec::unwrap(one.ask(deposit{alice, 100}, "salary"));
  const auto newer = ec::unwrap(one.ask(deposit{bob, 1}, "interest"));
  ec::testing::sequential_ids ids;
  ec::testing::must_commit(
    *one.store,
    ec::testing::write_of(
      ids, {ec::testing::stream_of{bob.id()}.at({{1}, newer.commit}).event("of_tomorrow")}));
  const auto closed = ec::unwrap(ec::execute(*one.store, ec::close_stream{alice.id()}));
  const ec::expectation all{alice.id(), {closed.streams.front().version, closed.commit}};
  ec::unwrap(one.store->maintenance().archive({.file = "old.jsonl", .checksum = "1"}, {&all, 1}));

  program other{open()};
  check_same(other.ask(deposit{alice, 100}, "salary"), original);
  check_same(ec::execute(*one.store, deposit{alice, 100}, one.under("salary")), original);
  check_same(other.ask(deposit{bob, 1}, "interest"), newer);
  const auto code = [&](const ec::any_command& command, const std::string& id) {
    const auto told = other.ask(command, id);
    return told ? "ok" : std::string{to_string(told.error().code)};
  };
  BOOST_TEST(code(deposit{alice, 1}, "bonus") == "archived");
  BOOST_TEST(code(deposit{bob, 1}, "bonus") == "codec_failed");
  BOOST_TEST(code(deposit{bob, 2}, "interest") == "request_reused");
}

// Old requests are forgotten when a setting says so, by a runtime that runs.
void old_requests_are_forgotten(const opener& open) {
  const auto store = open();
  {
    program one{open()};
    ec::unwrap(one.ask(deposit{alice, 100}, "salary"));
  }
  const auto kept = [&] { return ec::unwrap(store->maintenance().list_requests({}, 10)).size(); };
  BOOST_TEST(kept() == 1U);
  program keeper{open(), 1ms};
  support::wait_until("the request to be forgotten", [&] { return kept() == 0; });
  const auto again = ec::unwrap(keeper.ask(deposit{alice, 100}, "salary"));
  BOOST_TEST(!again.repeated); // what the setting is dangerous for
}

} // namespace

suite::suite(const std::string& name, const std::function<opener()>& new_database) {
  namespace test = boost::unit_test;
  auto* cases = new test::test_suite{name, __FILE__, __LINE__}; // the tree owns it
  const auto add = [&](const char* case_name, void (*check)(const opener&)) {
    cases->add(test::make_test_case([new_database, check] { check(new_database()); }, case_name,
                                    __FILE__, __LINE__));
  };
#define REQUEST_CASE(function) add(#function, &function)
  REQUEST_CASE(repetitions_get_the_original);
  REQUEST_CASE(repetitions_get_the_original_whatever_became_of_the_streams);
  REQUEST_CASE(another_command_under_the_id_is_refused);
  REQUEST_CASE(the_id_of_a_rejected_command_stays_free);
  REQUEST_CASE(duplicates_at_the_same_time_have_one_effect);
  REQUEST_CASE(old_requests_are_forgotten);
#undef REQUEST_CASE
  test::framework::current_auto_test_suite().add(cases);
}

} // namespace request_cases
