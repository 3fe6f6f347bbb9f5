#include "support/accounts.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/partitions.hpp>
#include <eventcore/projection_host.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/checks.hpp>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace accounts;
using namespace ec::testing;
using namespace std::chrono_literals;

namespace {

using numbers = std::vector<std::uint64_t>;

struct record {
  static constexpr std::string_view name = "record";
  using streams = ec::kinds<account>;

  static auto partition_by(const ec::event_info& about) -> std::string_view { return about.key(); }

  std::map<std::string, numbers> of_key{};
  std::uint64_t throws_at = 0;

  void apply(const money_deposited&, const ec::event_info& about) {
    if (about.position.value == throws_at) {
      throws_at = 0;
      throw std::runtime_error{"no luck"};
    }
    of_key[std::string{about.key()}].push_back(about.position.value);
  }
};

struct meeting {
  static constexpr std::string_view name = "meeting";
  using streams = ec::kinds<account>;

  std::barrier<>* both = nullptr;

  void apply(const money_deposited&) { both->arrive_and_wait(); }
};

struct unsure {
  static constexpr std::string_view name = "unsure";
  using streams = ec::kinds<account>;
  static auto partition_by(const ec::event_info& about) -> std::string {
    if (about.position.value == 2)
      throw std::runtime_error{"whose is it"};
    if (about.position.value == 3)
      throw 3;
    return "one";
  }
  int applied = 0;
  void apply(const money_deposited&) { ++applied; }
};

struct fixture {
  std::shared_ptr<ec::event_store> store = ec::memory::open();

  void deposit_to(const std::string& who) {
    ec::unwrap(ec::execute(*store, deposit{ec::unwrap(ec::stream<account>::of(who)), 1}));
  }
  void deposits(int count) {
    for (int i = 0; i < count; ++i)
      deposit_to(fmt::format("a{}", i % 7));
  }
};

void check_all_once(const std::vector<record>& workers, std::uint64_t count) {
  numbers all;
  for (const auto& worker : workers)
    for (const auto& [key, positions] : worker.of_key) {
      BOOST_TEST(std::ranges::is_sorted(positions));
      all.insert(all.end(), positions.begin(), positions.end());
    }
  std::ranges::sort(all);
  BOOST_REQUIRE_EQUAL(all.size(), count);
  BOOST_CHECK(std::ranges::adjacent_find(all) == all.end());
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(partitioned_projections, fixture)

BOOST_AUTO_TEST_CASE(a_key_stays_with_one_worker_and_in_order) {
  deposits(100);
  std::vector<record> workers(3);
  const auto status =
    ec::unwrap(ec::run(*store, ec::partitioned(workers), {.page = {.events = 9}}));
  BOOST_TEST(status.reached.position.value == 100U);
  check_all_once(workers, 100);
  std::map<std::string, int> owners;
  for (const auto& worker : workers)
    for (const auto& [key, positions] : worker.of_key)
      ++owners[key];
  BOOST_TEST(owners.size() == 7U);
  for (const auto& [key, count] : owners)
    BOOST_TEST(count == 1, key);
}

// Keys whose events wait for each other: with one thread they would wait for ever.
BOOST_AUTO_TEST_CASE(different_keys_are_applied_side_by_side) {
  std::string other = "b";
  while (ec::partition_of("account-" + other, 2) == ec::partition_of("account-a", 2))
    other += 'b';
  deposit_to("a");
  deposit_to(other);
  std::barrier<> both{2};
  std::vector<meeting> workers{{&both}, {&both}};
  ec::unwrap(ec::run(*store, ec::partitioned(workers)));
}

BOOST_AUTO_TEST_CASE(a_worker_that_came_farther_sees_no_event_again) {
  deposits(60);
  std::vector<record> workers(4);
  for (auto& worker : workers)
    worker.throws_at = 12; // whoever has it
  ec::projection_options options{.retry = {.retries = 1, .initial = 1ms}};
  ec::unwrap(ec::run(*store, ec::partitioned(workers), options));
  check_all_once(workers, 60);
}

BOOST_AUTO_TEST_CASE(a_run_that_stops_at_an_event_saves_what_all_have_done) {
  deposits(60);
  std::vector<record> workers(4);
  for (auto& worker : workers)
    worker.throws_at = 12;
  must_fail(ec::run(*store, ec::partitioned(workers)), ec::errc::handler_failed, "position 12");
  BOOST_TEST(ec::unwrap(store->load_checkpoint("record"))->position.value == 11U);
}

BOOST_AUTO_TEST_CASE(workers_that_are_interrupted_go_on_where_each_of_them_stood) {
  deposits(60);
  std::vector<record> workers(4);
  const auto into = ec::partitioned(workers);
  const auto page = ec::unwrap(store->read(ec::read_log{}));
  std::span<const ec::recorded_event> left{page.events};
  std::atomic<int> asked = 0;
  int interrupted = 0;
  ec::checkpoint from;
  while (!left.empty()) {
    const auto done = into->apply(
      *store, {.events = left, .from = from, .is_late = [&] { return ++asked % 3 == 0; }});
    BOOST_REQUIRE(!done.stopped_by);
    BOOST_REQUIRE(done.count > 0);
    interrupted += done.count < left.size() ? 1 : 0;
    from = {left[done.count - 1].position, left[done.count - 1].commit};
    left = left.subspan(done.count);
  }
  BOOST_TEST(interrupted > 1);
  check_all_once(workers, 60);
}

BOOST_AUTO_TEST_CASE(after_a_reset_all_workers_see_what_follows_again) {
  deposits(20);
  std::vector<record> workers(3);
  for (auto& worker : workers)
    worker.throws_at = 12;
  ec::environment around;
  ec::projection_host it{*store,
                         ec::partitioned(workers),
                         {.until = ec::run_until::stopped, .failing = ec::give_up::skip},
                         around};
  const auto count = [&] {
    std::size_t all = 0;
    for (const auto& worker : workers)
      for (const auto& [key, positions] : worker.of_key)
        all += positions.size();
    return all;
  };
  const auto settle = [&] {
    while (!std::holds_alternative<ec::projection_host::rest>(it.step())) {
    }
  };
  settle();
  BOOST_TEST(count() == 19U);
  for (const std::uint64_t to : {15, 0}) {
    const auto before = count();
    it.reset({to});
    settle();
    BOOST_TEST(count() - before == 20U - to);
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_told_is_the_events_failure) {
  for (int i = 0; i < 3; ++i)
    deposit_to("a");
  std::vector<unsure> workers(2);
  must_fail(ec::run(*store, ec::partitioned(workers)), ec::errc::handler_failed, "whose is it");
  BOOST_TEST(ec::unwrap(store->load_checkpoint("unsure"))->position.value == 1U);
  const auto status =
    ec::unwrap(ec::run(*store, ec::partitioned(workers), {.failing = ec::give_up::park}));
  BOOST_TEST(status.parked == 2U);
  BOOST_TEST(ec::unwrap(store->retry_dead_letter("unsure", {2})));
  ec::unwrap(ec::run(*store, ec::partitioned(workers)));
  const auto letters = ec::unwrap(store->list_dead_letters({}));
  BOOST_TEST(letters.front().attempts == 2U);
  BOOST_TEST(letters.back().detail.contains("something that is no std::exception"));
}

BOOST_AUTO_TEST_CASE(the_partition_of_a_key_never_changes) {
  BOOST_TEST(ec::partition_of("alice", 4) == 0U);
  BOOST_TEST(ec::partition_of("", 4) == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
