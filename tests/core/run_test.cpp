#include "support/accounts.hpp"
#include "support/guarded_store.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace accounts;
using namespace ec::testing;
using namespace std::chrono_literals;

namespace {

/// Remembers each event that it applied.
struct record {
  static constexpr std::string_view name = "record";
  using streams = ec::kinds<account>;

  std::vector<std::uint64_t> positions{};
  std::uint64_t throws_at = 0;
  int throws = 1000; // so often

  void apply(const money_deposited&, const ec::event_info& about) { take(about); }
  void apply(const money_withdrawn&, const ec::event_info& about) { take(about); }

  void take(const ec::event_info& about) {
    if (about.position.value == throws_at && throws-- > 0)
      throw std::runtime_error{"no luck"};
    positions.push_back(about.position.value);
  }
};

/// The same, and it can be emptied.
struct emptied_record : record {
  void reset() { positions.clear(); }
};

/// Stops its own run.
struct stopping {
  static constexpr std::string_view name = "stopping";
  using streams = ec::kinds<account>;

  std::stop_source stop{};
  std::uint64_t stop_at = 0;
  std::vector<std::uint64_t> positions{};

  void apply(const money_deposited&, const ec::event_info& about) {
    positions.push_back(about.position.value);
    if (about.position.value == stop_at)
      stop.request_stop();
  }
};

struct restock {
  ec::stream<stock> where;
  std::int32_t pieces = 0;

  auto handle(const stock&) const -> ec::result<stock_added> { return stock_added{pieces}; }
};
BOOST_DESCRIBE_STRUCT(restock, (), (where, pieces))

struct fixture {
  std::shared_ptr<ec::event_store> store = ec::memory::open();
  support::guarded_store guarded{store};
  sequential_ids ids;
  std::vector<std::chrono::microseconds> waits;
  std::chrono::steady_clock::time_point steady{std::chrono::hours{1}};
  ec::environment no_waiting;

  fixture() {
    no_waiting.random = [] { return 0.5; };
    no_waiting.now = [this] { return ec::moment{.wall = {}, .steady = steady}; };
    no_waiting.sleep = [this](std::chrono::microseconds delay) {
      waits.push_back(delay);
      steady += delay;
    };
  }

  void deposits(int count) {
    for (int i = 0; i < count; ++i)
      ec::unwrap(ec::execute(*store, deposit{{"alice"}, 1}));
  }
  void foreign(int count) {
    for (int i = 0; i < count; ++i)
      ec::unwrap(ec::execute(*store, restock{{"tea"}, 1}));
  }

  auto saved(std::string_view name = "record") const -> std::uint64_t {
    return ec::unwrap(store->load_checkpoint(name)).value_or(ec::checkpoint{}).position.value;
  }
};

using numbers = std::vector<std::uint64_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(running_projections, fixture)

BOOST_AUTO_TEST_CASE(a_run_goes_to_the_head_and_the_next_one_goes_on_after_it) {
  deposits(5);
  record one;
  const auto first = ec::unwrap(ec::run(*store, one, {.page = {.events = 2}}));
  BOOST_TEST(one.positions == (numbers{1, 2, 3, 4, 5}), boost::test_tools::per_element());
  BOOST_CHECK(first.state == ec::projection_state::stopped);
  BOOST_TEST(first.reached.position.value == 5U);
  BOOST_TEST(saved() == 5U);
  deposits(2);
  record two;
  ec::unwrap(ec::run(*store, two));
  BOOST_TEST(two.positions == (numbers{6, 7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(progress_is_saved_when_nothing_matches) {
  foreign(20);
  record none;
  ec::unwrap(ec::run(*store, none, {.page = {.events = 3}}));
  BOOST_TEST(none.positions.empty());
  BOOST_TEST(saved() == 20U);
}

// The saved progress moves on the way, not only at the end.
BOOST_AUTO_TEST_CASE(a_million_events_that_do_not_match_are_passed_over_in_steps_that_are_saved) {
  constexpr int sets = 100;
  constexpr int events_of_a_set = 10'000;
  for (int i = 0; i < sets; ++i) {
    auto stream = stream_of(fmt::format("stock-{}", i));
    for (int event = 0; event < events_of_a_set; ++event)
      stream.event("stock_added", R"({"pieces":1})");
    must_commit(*store, write_of(ids, {stream}));
  }
  int saves = 0;
  guarded.before = [&](std::string_view call) -> std::optional<ec::failure> {
    saves += call == "transact" ? 1 : 0;
    return std::nullopt;
  };
  record none;
  ec::unwrap(ec::run(guarded, none, {.save_interval = 0ms}));
  BOOST_TEST(none.positions.empty());
  BOOST_TEST(saved() == 1'000'000U);
  BOOST_TEST(saves >= 4);
}

BOOST_AUTO_TEST_CASE(a_page_of_events_that_nobody_can_read_is_laid_aside_one_by_one) {
  auto stream = stream_of("account-alice");
  for (int event = 0; event < 1'500; ++event)
    stream.event("money_deposited", R"({"cents":"many"})");
  must_commit(*store, write_of(ids, {stream}));
  record all;
  const auto run = ec::unwrap(ec::run(*store, all, {.unreadable = ec::give_up::park}));
  BOOST_TEST(run.parked == 1'500U);
  BOOST_TEST(saved() == 1'500U);
  const auto letters =
    ec::unwrap(store->list_dead_letters({.projection = "record", .limit = 2'000}));
  BOOST_TEST(letters.size() == 1'500U);
  BOOST_TEST(letters.back().detail.contains("cents"));
}

BOOST_AUTO_TEST_CASE(an_event_that_the_program_does_not_know_stops_a_projection_of_all_events) {
  deposits(1);
  const auto head =
    ec::unwrap(store->read(ec::read_stream{.stream = ec::stream<account>{"alice"}.id()})).head;
  must_commit(*store, write_of(ids, {stream_of("account-alice").at(head).event("money_frozen")}));
  record all;
  must_fail(ec::run(*store, all), ec::errc::codec_failed, "money_frozen");
  BOOST_TEST(saved() == 1U);
  ec::unwrap(ec::run(*store, all, {.unreadable = ec::give_up::skip}));
  BOOST_TEST(saved() == 2U);
}

BOOST_AUTO_TEST_CASE(an_apply_that_throws_stops_the_run_before_its_event) {
  deposits(3);
  record broken{.throws_at = 2};
  const auto failed = must_fail(ec::run(*store, broken), ec::errc::handler_failed, "no luck");
  BOOST_TEST(failed.detail.contains("at position 2"));
  BOOST_TEST(saved() == 1U);
  record mended;
  ec::unwrap(ec::run(*store, mended));
  BOOST_TEST(mended.positions == (numbers{2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(waits_go_through_the_environment) {
  deposits(3);
  record flaky{.throws_at = 2, .throws = 2};
  ec::unwrap(ec::run(*store, flaky, {.retry = {.retries = 2}}, {}, no_waiting));
  BOOST_TEST(flaky.positions == (numbers{1, 2, 3}), boost::test_tools::per_element());
  BOOST_REQUIRE_EQUAL(waits.size(), 2U);
  BOOST_CHECK(waits[0] == 10ms);
  BOOST_CHECK(waits[1] == 20ms);
}

BOOST_AUTO_TEST_CASE(dead_letters_are_handed_over) {
  deposits(3);
  record broken{.throws_at = 2};
  std::vector<std::string> letters;
  ec::projection_options options{.failing = ec::give_up::park};
  options.park = [&](const ec::dead_letter& letter) -> ec::result<> {
    if (letters.empty()) {
      letters.emplace_back("refused");
      return ec::fail(ec::errc::store_unavailable, "full");
    }
    letters.emplace_back(letter.event.payload);
    return {};
  };
  ec::unwrap(ec::run(*store, broken, options, {}, no_waiting));
  BOOST_TEST(letters == (std::vector<std::string>{"refused", R"({"cents":1})"}),
             boost::test_tools::per_element());
  BOOST_TEST(broken.positions == (numbers{1, 3}), boost::test_tools::per_element());
  BOOST_TEST(saved() == 3U);
}

BOOST_AUTO_TEST_CASE(a_store_that_is_away_now_and_then_costs_no_event_and_doubles_none) {
  deposits(40);
  int calls = 0;
  guarded.before = [&](std::string_view) -> std::optional<ec::failure> {
    if (++calls % 3 == 0)
      return ec::failure{ec::errc::store_unavailable, "away"};
    return std::nullopt;
  };
  record all;
  ec::unwrap(ec::run(guarded, all, {.page = {.events = 3}, .save_events = 2}, {}, no_waiting));
  BOOST_REQUIRE_EQUAL(all.positions.size(), 40U);
  BOOST_TEST(std::ranges::is_sorted(all.positions));
  BOOST_TEST(saved() == 40U);
}

BOOST_AUTO_TEST_CASE(a_load_that_fails_is_no_replay) {
  deposits(3);
  record once;
  ec::unwrap(ec::run(*store, once));
  guarded.before = [](std::string_view call) -> std::optional<ec::failure> {
    if (call == "load")
      return ec::failure{ec::errc::store_corrupt, "unreadable"};
    return std::nullopt;
  };
  record again;
  must_fail(ec::run(guarded, again), ec::errc::store_corrupt, "unreadable");
  BOOST_TEST(again.positions.empty());
}

BOOST_AUTO_TEST_CASE(a_log_that_was_replaced_by_an_older_one_ends_the_run) {
  deposits(5);
  const auto older = ec::memory::open();
  ec::unwrap(ec::execute(*older, deposit{{"alice"}, 1}));
  guarded.exchange(older);
  const auto head = ec::unwrap(store->head());
  record all;
  must_fail(ec::run(guarded, all, {.from = ec::checkpoint{head.position, head.commit}}),
            ec::errc::log_rewound, "projection 'record' cannot read the log");
  BOOST_TEST(all.positions.empty());
}

BOOST_AUTO_TEST_CASE(after_a_failed_save_what_was_not_saved_comes_again) {
  deposits(3);
  guarded.before = [](std::string_view call) -> std::optional<ec::failure> {
    if (call == "transact")
      return ec::failure{ec::errc::read_only, "no"};
    return std::nullopt;
  };
  record all;
  must_fail(ec::run(guarded, all), ec::errc::read_only);
  ec::unwrap(ec::run(*store, all));
  BOOST_TEST(all.positions == (numbers{1, 2, 3, 1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_that_can_be_emptied_begins_empty_when_it_has_no_checkpoint) {
  deposits(3);
  emptied_record all;
  ec::unwrap(ec::run(*store, all, {.from = ec::checkpoint{}}));
  ec::unwrap(ec::run(*store, all, {.from = ec::checkpoint{}}));
  BOOST_TEST(all.positions == (numbers{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(!ec::unwrap(store->load_checkpoint("record")));
}

BOOST_AUTO_TEST_CASE(a_request_to_stop_ends_the_run_after_the_page) {
  deposits(10);
  stopping self{.stop_at = 4};
  const auto status =
    ec::unwrap(ec::run(*store, self, {.page = {.events = 3}}, self.stop.get_token()));
  BOOST_TEST(self.positions == (numbers{1, 2, 3, 4, 5, 6}), boost::test_tools::per_element());
  BOOST_TEST(status.reached.position.value == 6U);
  BOOST_TEST(saved("stopping") == 6U);
}

BOOST_AUTO_TEST_CASE(a_continuous_run_applies_what_is_committed_until_it_is_stopped) {
  stopping self{.stop_at = 500};
  std::jthread writer{[this] { deposits(500); }};
  ec::unwrap(ec::run(*store, self, {.until = ec::run_until::stopped}, self.stop.get_token()));
  BOOST_REQUIRE_EQUAL(self.positions.size(), 500U);
  for (std::uint64_t i = 0; i < 500; ++i)
    BOOST_REQUIRE_EQUAL(self.positions[i], i + 1);
}

BOOST_AUTO_TEST_CASE(a_request_to_stop_ends_the_waiting_for_an_absent_store) {
  std::stop_source stop;
  guarded.before = [](std::string_view) {
    return ec::failure{ec::errc::store_unavailable, "away"};
  };
  ec::projection_options options{.store = {.retries = 9, .initial = 1h, .cap = 1h}};
  options.on_trouble = [&](const ec::projection_trouble& met) {
    BOOST_CHECK(met.delay > 30min);
    stop.request_stop();
  };
  record none;
  ec::unwrap(ec::run(guarded, none, options, stop.get_token()));
  BOOST_TEST(none.positions.empty());
}

BOOST_AUTO_TEST_SUITE_END()
