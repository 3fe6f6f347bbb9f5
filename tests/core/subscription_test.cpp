#include "support/guarded_store.hpp"

#include <eventcore/stores/memory.hpp>
#include <eventcore/subscription.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace ec = eventcore;
using namespace ec::testing;
using namespace std::chrono_literals;

namespace {

// A log of commits with one event each; what it says is in the events' payloads.
struct one_log {
  std::shared_ptr<ec::event_store> store = ec::memory::open();
  sequential_ids ids;
  std::map<std::string, ec::stream_head> heads;

  explicit one_log(std::uint32_t seed = 1) : ids{seed} {}

  void add(const std::string& stream, const std::string& type = "e") {
    auto& head = heads[stream];
    const auto set = write_of(ids, {stream_of(stream).at(head).event(type)});
    must_commit(*store, set);
    head = head_after(set, stream);
  }
  void add(int count, const std::string& stream) {
    for (int i = 0; i < count; ++i)
      add(stream);
  }
};

auto positions(const ec::log_batch& batch) -> std::vector<std::uint64_t> {
  std::vector<std::uint64_t> all;
  for (const auto& event : batch.events)
    all.push_back(event.position.value);
  return all;
}

using numbers = std::vector<std::uint64_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(subscriptions, one_log)

BOOST_AUTO_TEST_CASE(from_the_start_all_events_come_in_pages_of_bounded_size) {
  add(5, "a-1");
  auto sub = ec::unwrap(ec::subscribe(*store, {.page = {.events = 2}}));
  BOOST_TEST(positions(ec::unwrap(sub.next(0ms))) == (numbers{1, 2}));
  BOOST_TEST(positions(ec::unwrap(sub.next(0ms))) == (numbers{3, 4}));
  BOOST_TEST(positions(ec::unwrap(sub.next(0ms))) == (numbers{5}));
  BOOST_TEST(positions(ec::unwrap(sub.next(0ms))) == numbers{});
  BOOST_TEST(sub.reached().position.value == 5U);
}

BOOST_AUTO_TEST_CASE(from_now_only_what_is_committed_later_comes) {
  add(3, "a-1");
  auto sub = ec::unwrap(ec::subscribe(*store, {.from = ec::from_now{}}));
  add("a-1");
  BOOST_TEST(positions(ec::unwrap(sub.next(0ms))) == numbers{4});
}

BOOST_AUTO_TEST_CASE(from_a_position_the_next_one_comes_first) {
  add(3, "a-1");
  auto sub = ec::unwrap(ec::subscribe(*store, {.from = ec::log_position{1}}));
  BOOST_TEST(positions(ec::unwrap(sub.next(0ms))) == (numbers{2, 3}));
  auto whole = ec::unwrap(ec::subscribe(*store, {.from = ec::log_position{0}}));
  BOOST_TEST(ec::unwrap(whole.next(0ms)).events.size() == 3U);
}

BOOST_AUTO_TEST_CASE(another_subscription_goes_on_after_what_one_reached) {
  add(4, "a-1");
  auto first = ec::unwrap(ec::subscribe(*store, {.page = {.events = 3}}));
  ec::unwrap(first.next(0ms));
  auto second = ec::unwrap(ec::subscribe(*store, {.from = first.reached()}));
  BOOST_TEST(positions(ec::unwrap(second.next(0ms))) == numbers{4});
}

BOOST_AUTO_TEST_CASE(only_what_fits_comes_and_progress_is_made_over_the_rest) {
  add("a-1");
  add(3, "b-1");
  auto sub = ec::unwrap(ec::subscribe(*store, {.filter = {.kinds = {"a"}}}));
  auto batch = ec::unwrap(sub.next(0ms));
  BOOST_TEST(positions(batch) == numbers{1});
  BOOST_TEST(batch.through.position.value == 4U);
  add(2, "b-1");
  batch = ec::unwrap(sub.next(0ms));
  BOOST_TEST(batch.events.empty());
  BOOST_TEST(batch.through.position.value == 6U);
  BOOST_CHECK((sub.reached() == ec::checkpoint{batch.head.position, batch.head.commit}));
}

// A commit that comes between the reading and the waiting would be missed by one who waits for
// the next.
BOOST_AUTO_TEST_CASE(catching_up_turns_live_without_gap_and_double) {
  constexpr std::uint64_t count = 2000;
  std::jthread writer{[this] { add(static_cast<int>(count), "a-1"); }};
  auto sub = ec::unwrap(ec::subscribe(*store, {.page = {.events = 7}}));
  for (std::uint64_t next = 1; next <= count;) {
    const auto batch = ec::unwrap(sub.next(60s));
    BOOST_REQUIRE(!batch.events.empty());
    for (const auto& event : batch.events)
      BOOST_REQUIRE_EQUAL(event.position.value, next++);
  }
}

BOOST_AUTO_TEST_CASE(patience_ends_with_an_empty_batch) {
  auto sub = ec::unwrap(ec::subscribe(*store));
  const auto batch = ec::unwrap(sub.next(1ms));
  BOOST_TEST(batch.events.empty());
  BOOST_TEST(batch.is_at_head());
  add("a-1");
  BOOST_TEST(positions(ec::unwrap(sub.next(60s))) == numbers{1});
}

BOOST_AUTO_TEST_CASE(after_a_failure_of_the_store_nothing_is_lost) {
  support::guarded_store away{store};
  add(3, "a-1");
  auto sub = ec::unwrap(ec::subscribe(away, {.page = {.events = 2}}));
  ec::unwrap(sub.next(0ms));
  away.before = [](std::string_view) { return ec::failure{ec::errc::store_unavailable, "away"}; };
  must_fail(sub.next(0ms), ec::errc::store_unavailable, "away");
  away.before = {};
  BOOST_TEST(positions(ec::unwrap(sub.next(0ms))) == numbers{3});
}

// Each of these fails when the commit at the reached position is not looked at.
BOOST_AUTO_TEST_CASE(a_log_that_was_replaced_is_noticed) {
  support::guarded_store live{store};
  add(3, "a-1");
  auto caught_up = ec::unwrap(ec::subscribe(live));
  ec::unwrap(caught_up.next(0ms));
  auto filtered = ec::unwrap(ec::subscribe(live, {.filter = {.kinds = {"b"}}}));
  ec::unwrap(filtered.next(0ms));
  const auto kept = caught_up.reached();

  one_log shorter{2};
  one_log same_length{3};
  one_log longer{4};
  shorter.add(2, "a-1");
  same_length.add(3, "a-1");
  longer.add(9, "b-1");
  for (const auto& other : {shorter.store, same_length.store, longer.store}) {
    live.exchange(other);
    for (auto* sub : {&caught_up, &filtered}) {
      must_fail(sub->next(0ms), ec::errc::log_rewound, "position 3");
      must_fail(sub->next(0ms), ec::errc::log_rewound); // and it stays so
    }
    must_fail(ec::subscribe(live, {.from = kept}), ec::errc::log_rewound, "position 3");
  }
  live.exchange(store);
  add("a-1");
  BOOST_TEST(positions(ec::unwrap(caught_up.next(0ms))) == numbers{4});
}

BOOST_AUTO_TEST_CASE(a_position_beyond_the_log_is_refused) {
  add("a-1");
  must_fail(ec::subscribe(*store, {.from = ec::log_position{2}}), ec::errc::log_rewound,
            "the log ends at position 1, before position 2");
}

BOOST_AUTO_TEST_CASE(a_checkpoint_before_the_first_event_has_no_commit) {
  BOOST_CHECK(ec::subscribe(*store, {.from = ec::checkpoint{}}));
  must_fail(ec::subscribe(*store, {.from = ec::checkpoint{{0}, ids.next_commit()}}),
            ec::errc::log_rewound);
}

BOOST_AUTO_TEST_CASE(a_malformed_filter_is_refused_at_once) {
  must_fail(ec::subscribe(*store, {.filter = {.glob = "a[b"}}), ec::errc::invalid_argument, "a[b");
  must_fail(ec::subscribe(*store, {.page = {.events = 0}}), ec::errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_batch_keeps_its_texts) {
  add("a-1", "first");
  auto sub = ec::unwrap(ec::subscribe(*store));
  const auto batch = ec::unwrap(sub.next(0ms));
  store.reset();
  BOOST_TEST(batch.events.at(0).type == "first");
}

// -- one batch -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_search_that_finds_nothing_ends_after_its_span_and_has_come_so_far) {
  add(10, "b-1");
  ec::batch_query query{.filter = {.kinds = {"a"}}, .span = 4};
  for (const std::uint64_t reached : {4U, 8U, 10U}) {
    const auto batch = ec::unwrap(ec::read_batch(*store, query));
    BOOST_TEST(batch.events.empty());
    BOOST_TEST(batch.through.position.value == reached);
    BOOST_TEST(batch.is_at_head() == (reached == 10));
    query.after = ec::checkpoint_at(batch.through);
    BOOST_CHECK(ec::find_checkpoint(*store, query.after));
  }
}

BOOST_AUTO_TEST_CASE(a_search_that_found_something_goes_on_after_it) {
  add(2, "b-1");
  add("a-1");
  add(7, "b-1");
  const auto batch = ec::unwrap(ec::read_batch(*store, {.filter = {.kinds = {"a"}}, .span = 5}));
  BOOST_TEST(positions(batch) == numbers{3});
  BOOST_TEST(batch.through.position.value == 3U);
}

BOOST_AUTO_TEST_CASE(without_a_filter_no_span_cuts_a_batch) {
  add(10, "b-1");
  BOOST_TEST(ec::unwrap(ec::read_batch(*store, {.span = 1})).events.size() == 10U);
}

BOOST_AUTO_TEST_SUITE_END()
