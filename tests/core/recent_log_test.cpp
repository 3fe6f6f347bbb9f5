#include "support/guarded_store.hpp"
#include "support/wait_until.hpp"

#include <eventcore/log_batch.hpp>
#include <eventcore/recent_log.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/subscription.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <rapidcheck.h>

namespace ec = eventcore;
using namespace ec::testing;
using namespace std::chrono_literals;

namespace {

/// A store that knows what it gave to readers of the log: how much, and how much of that is held.
class counting_store final : public ec::forwarding_store {
public:
  using ec::forwarding_store::forwarding_store;
  using ec::forwarding_store::read;

  auto read(const ec::read_log& query) -> ec::result<ec::log_page> override {
    ++reads;
    auto page = inner_->read(query);
    if (!page || page->events.empty())
      return page;
    given += page->events.size();
    held += page->events.size();
    page->owner = std::shared_ptr<const void>{
      page->events.data(),
      [this, count = page->events.size(), inner = page->owner](const void*) { held -= count; }};
    return page;
  }

  std::atomic<std::size_t> reads{0};
  std::atomic<std::size_t> given{0}; // events
  std::atomic<std::size_t> held{0};  // events of pages that live
};

/// Writes commits of one event each, of any size.
class log_writer {
public:
  explicit log_writer(std::uint32_t seed = 1) : ids_{seed} {}

  void add(ec::event_store& to, const std::string& stream, const std::string& type = "x",
           std::size_t size = 2) {
    auto& head = heads_[stream];
    const auto set =
      write_of(ids_, {stream_of(stream).at(head).event(type, std::string(size, ' ') + "{}")});
    must_commit(to, set);
    head = head_after(set, stream);
  }
  void add(ec::event_store& to, int count) {
    for (int i = 0; i < count; ++i)
      add(to, "a-1");
  }

private:
  sequential_ids ids_;
  std::map<std::string, ec::stream_head> heads_;
};

/// A log with the recent one before it.
struct fixture {
  std::shared_ptr<ec::event_store> log = ec::memory::open();
  std::shared_ptr<support::guarded_store> guard = std::make_shared<support::guarded_store>(log);
  std::shared_ptr<counting_store> counting = std::make_shared<counting_store>(guard);
  log_writer writer;

  auto recent(const ec::recent_log_settings& settings = {}) const
    -> std::unique_ptr<ec::recent_log> {
    return std::make_unique<ec::recent_log>(counting, settings);
  }
};

auto is_same(const ec::recorded_event& a, const ec::recorded_event& b) -> bool {
  return a.position == b.position && a.version == b.version && a.stream == b.stream
         && a.commit == b.commit && a.id == b.id && a.type == b.type && a.payload == b.payload
         && a.recorded_at == b.recorded_at;
}

auto positions(const std::vector<ec::recorded_event>& events) -> std::vector<std::uint64_t> {
  std::vector<std::uint64_t> all;
  for (const auto& event : events)
    all.push_back(event.position.value);
  return all;
}

auto some_of(const std::vector<std::string>& all) -> std::vector<std::string> {
  std::vector<std::string> some;
  for (const auto& one : all)
    if (*rc::gen::inRange(0, 3) == 0)
      some.push_back(one);
  return some;
}

auto some_filter() -> ec::event_filter {
  if (*rc::gen::inRange(0, 2) == 0)
    return {};
  return {.kinds = some_of({"a", "b"}),
          .prefix = *rc::gen::elementOf(std::vector<std::string>{"", "", "a", "b-1"}),
          .glob = *rc::gen::elementOf(std::vector<std::string>{"", "", "*-1", "[!a]*"}),
          .types = some_of({"a.x", "a.y", "b.y"})};
}

auto some_size() -> std::size_t {
  return *rc::gen::elementOf(std::vector<std::size_t>{1, 2, 3, 5, 9, 1000});
}

auto some_bytes() -> std::size_t {
  return *rc::gen::elementOf(std::vector<std::size_t>{1, 30, 100, 300, 100'000});
}

auto some_settings() -> ec::recent_log_settings {
  return {.events = some_size(),
          .bytes = *rc::gen::elementOf(std::vector<std::size_t>{1, 6'000, 20'000, 10'000'000}),
          .page = {.events = some_size(), .bytes = some_bytes()}};
}

auto some_query(std::uint64_t head) -> ec::read_log {
  const auto back = *rc::gen::inRange<std::uint64_t>(0, 12);
  const auto after = *rc::gen::inRange(0, 10) == 0 ? head + back : head - std::min(head, back);
  ec::read_log query{.after = {after},
                     .filter = some_filter(),
                     .page = {.events = some_size(), .bytes = some_bytes()}};
  if (*rc::gen::inRange(0, 2) == 0)
    query.before = {after + *rc::gen::inRange<std::uint64_t>(0, 6)};
  if (*rc::gen::inRange(0, 8) == 0)
    query.direction = ec::direction::backwards;
  return query;
}

void check_same(const ec::log_page& given, const ec::log_page& of_store,
                const ec::read_log& query) {
  RC_ASSERT(positions(given.events) == positions(of_store.events));
  RC_ASSERT(std::ranges::equal(given.events, of_store.events, is_same));
  RC_ASSERT(given.through == of_store.through);
  RC_ASSERT(given.complete == of_store.complete);
  if (query.before.value > of_store.head.position.value)
    RC_ASSERT(given.head == of_store.head);
  else
    RC_ASSERT(given.head.position <= of_store.head.position);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(recent_log, fixture)

// Whoever commits, whatever is asked and however little is kept.
BOOST_AUTO_TEST_CASE(every_page_is_the_one_that_the_store_gives) {
  BOOST_TEST(rc::check("pages", [] {
    fixture f;
    const auto settings = some_settings();
    const auto recent = f.recent(settings);
    std::uint64_t head = 0;
    const auto rounds = *rc::gen::inRange(1, 40);
    for (int round = 0; round < rounds; ++round) {
      for (auto left = *rc::gen::inRange(0, 6); left > 0; --left, ++head)
        f.writer.add(*rc::gen::inRange(0, 2) == 0 ? *recent : *f.log,
                     *rc::gen::elementOf(std::vector<std::string>{"a-1", "a-2", "b-1", "c-1"}),
                     *rc::gen::elementOf(std::vector<std::string>{"x", "y"}),
                     *rc::gen::inRange<std::size_t>(0, 50));
      if (*rc::gen::inRange(0, 3) == 0)
        ec::unwrap(recent->await({0}, 0ms));
      for (auto left = *rc::gen::inRange(0, 4); left > 0; --left) {
        const auto query = some_query(head);
        check_same(ec::unwrap(recent->read(query)), ec::unwrap(f.log->read(query)), query);
        RC_ASSERT(f.counting->held <= std::max<std::size_t>(2 * settings.events, 2));
      }
    }
  }));
}

BOOST_AUTO_TEST_CASE(readers_at_the_head_read_the_store_once_for_all) {
  const auto recent = this->recent();
  ec::unwrap(recent->head());
  std::vector<ec::subscription> readers;
  for (int i = 0; i < 10; ++i) {
    readers.push_back(ec::unwrap(ec::subscribe(*recent, {.filter = {.prefix = "a-1"}})));
    ec::unwrap(readers.back().next(0ms));
  }
  for (int round = 1; round <= 5; ++round) {
    writer.add(round % 2 == 0 ? *log : *recent, 100);
    const auto before = counting->given.load();
    for (auto& reader : readers)
      BOOST_TEST(ec::unwrap(reader.next(0ms)).events.size() == 100U);
    // The 100, and with each reader that asks after them the last one, to see that it is there.
    BOOST_TEST(counting->given - before <= 111U);
  }
}

// Those who ask while a read is under way share the next one.
BOOST_AUTO_TEST_CASE(readers_who_wait_at_the_same_time_share_a_read) {
  constexpr std::size_t count = 8;
  const auto recent = this->recent();
  ec::unwrap(recent->head());
  std::atomic<std::size_t> arrived{0};
  guard->before = [&](std::string_view) -> std::optional<ec::failure> {
    support::wait_until("all readers", [&] { return arrived % count == 0; });
    return std::nullopt;
  };
  support::wait_until("a round with a shared read", [&] {
    const auto before = counting->reads.load();
    {
      std::vector<std::jthread> readers;
      for (std::size_t i = 0; i < count; ++i)
        readers.emplace_back([&] {
          ++arrived;
          ec::unwrap(recent->read(ec::read_log{}));
        });
    }
    return counting->reads - before <= 2;
  });
}

// A read that began before a commit does not have it.
BOOST_AUTO_TEST_CASE(what_was_committed_before_a_read_is_in_it_whoever_reads_the_store) {
  class late_store final : public ec::forwarding_store {
  public:
    using ec::forwarding_store::forwarding_store;
    using ec::forwarding_store::read;

    auto read(const ec::read_log& query) -> ec::result<ec::log_page> override {
      auto page = inner_->read(query);
      if (after_read)
        after_read();
      return page;
    }
    std::function<void()> after_read{};
  };
  const auto late = std::make_shared<late_store>(log);
  ec::recent_log recent{late};
  ec::unwrap(recent.head());
  for (std::uint64_t round = 1; round <= 50; ++round) {
    std::atomic<bool> was_read{false};
    std::atomic<bool> comes{false};
    late->after_read = [&] {
      was_read = true;
      support::wait_until("the other reader", [&] { return comes.load(); });
      for (int i = 0; i < 100; ++i)
        std::this_thread::yield();
    };
    const std::jthread early{[&] { ec::unwrap(recent.read(ec::read_log{})); }};
    support::wait_until("a read", [&] { return was_read.load(); });
    writer.add(*log, 1);
    comes = true;
    BOOST_TEST(ec::unwrap(recent.read(ec::read_log{})).events.size() == round);
  }
}

BOOST_AUTO_TEST_CASE(threads_that_follow_the_log_get_each_event_that_fits_once) {
  constexpr std::uint64_t count = 3000;
  const auto recent = this->recent({.events = 64, .bytes = 1'000'000, .page = {.events = 16}});
  const std::vector<std::string> streams{"a-1", "a-2", "b-1"};
  std::vector<std::jthread> readers;
  std::mutex mutex;
  std::vector<std::string> wrong;
  for (std::size_t i = 0; i < 6; ++i)
    readers.emplace_back([&, i] {
      const ec::event_filter filter{.prefix = i % 3 == 0 ? "" : streams[i % 3]};
      auto sub =
        ec::unwrap(ec::subscribe(*recent, {.filter = filter, .page = {.events = 1 + 7 * i}}));
      std::vector<std::uint64_t> got;
      while (sub.reached().position.value < count)
        std::ranges::copy(positions(ec::unwrap(sub.next(20ms)).events), std::back_inserter(got));
      std::vector<std::uint64_t> wanted;
      for (std::uint64_t at = 1; at <= count; ++at)
        if (ec::fits(filter, streams[at % 3], "x"))
          wanted.push_back(at);
      const std::lock_guard lock{mutex};
      if (got != wanted)
        wrong.push_back(fmt::format("reader {} got {} events of {}", i, got.size(), wanted.size()));
    });
  for (std::uint64_t at = 1; at <= count; ++at)
    writer.add(at % 5 == 0 ? *log : *recent, streams[at % 3]);
  readers.clear();
  BOOST_TEST(wrong == std::vector<std::string>{}, boost::test_tools::per_element());
}

// -- how much is kept ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(no_more_events_are_kept_than_allowed) {
  const auto recent = this->recent({.events = 50});
  ec::unwrap(recent->head());
  for (int round = 0; round < 30; ++round) {
    const auto after = ec::unwrap(log->head()).position;
    writer.add(*log, 7);
    ec::unwrap(recent->read(ec::read_log{.after = after}));
    // With each piece comes the event before it.
    BOOST_TEST(counting->held <= 50U + 50U / 7 + 1);
  }
  BOOST_TEST(counting->held >= 42U);
}

BOOST_AUTO_TEST_CASE(what_pages_of_one_event_take_counts) {
  const auto recent = this->recent({.bytes = 100'000});
  ec::unwrap(recent->head());
  for (int round = 0; round < 100; ++round) {
    writer.add(*log, 1);
    ec::unwrap(recent->read(ec::read_log{.after = {static_cast<std::uint64_t>(round)}}));
    BOOST_TEST(counting->held <= 2U * 25);
  }
}

BOOST_AUTO_TEST_CASE(a_page_lives_on_when_its_events_are_kept_no_longer) {
  auto recent = this->recent({.events = 10});
  ec::unwrap(recent->head());
  writer.add(*log, "a-1", "x", 20);
  ec::unwrap(recent->read(ec::read_log{}));
  writer.add(*log, 2);
  const auto page = ec::unwrap(recent->read(ec::read_log{})); // of two that the store gave
  BOOST_TEST(positions(page.events) == (std::vector<std::uint64_t>{1, 2, 3}));
  writer.add(*log, 50);
  ec::unwrap(recent->read(ec::read_log{.after = {3}}));
  recent.reset();
  BOOST_TEST(counting->held == 4U); // the first is in both
}

BOOST_AUTO_TEST_CASE(readers_far_behind_read_the_store_with_their_filter) {
  const auto recent = this->recent({.events = 100, .page = {.events = 100}});
  ec::unwrap(recent->head());
  ec::unwrap(recent->read(ec::read_log{})); // from here on events are kept, but nobody asks
  writer.add(*log, 300);
  writer.add(*log, "b-1");
  ec::unwrap(recent->head());
  for (const std::uint64_t after : {0, 100, 200}) {
    const auto before = counting->given.load();
    const auto page =
      ec::unwrap(recent->read(ec::read_log{.after = {after}, .filter = {.kinds = {"b"}}}));
    BOOST_TEST(positions(page.events) == std::vector<std::uint64_t>{301});
    BOOST_TEST(counting->given - before == 1U);
  }
}

// -- a log that was replaced -------------------------------------------------------

namespace {

struct replaced_log : fixture {
  std::unique_ptr<ec::recent_log> recent = fixture::recent({.events = 40, .page = {.events = 20}});
  ec::checkpoint reached{};

  // Reads 10 events and has the recent log keep them, then lets another log take their place.
  void replace_by(int events) {
    ec::unwrap(recent->head());
    writer.add(*log, 10);
    auto sub = ec::unwrap(ec::subscribe(*recent));
    BOOST_TEST(ec::unwrap(sub.next(0ms)).events.size() == 10U);
    reached = sub.reached();
    log = ec::memory::open();
    log_writer{7}.add(*log, events);
    guard->exchange(log);
  }

  void check_noticed(const ec::checkpoint& at) {
    must_fail(ec::read_batch(*recent, {.after = at}), ec::errc::log_rewound);
    // And from then on the new one is read.
    const auto page = ec::unwrap(recent->read(ec::read_log{}));
    const auto wanted = ec::unwrap(log->read(ec::read_log{}));
    BOOST_TEST(std::ranges::equal(page.events, wanted.events, is_same));
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(another_log_of_the_same_length_is_noticed, replaced_log) {
  replace_by(10);
  check_noticed(reached);
}

BOOST_FIXTURE_TEST_CASE(a_shorter_log_is_noticed, replaced_log) {
  replace_by(4);
  check_noticed(reached);
}

BOOST_FIXTURE_TEST_CASE(a_longer_log_is_noticed, replaced_log) {
  replace_by(30);
  check_noticed(reached);
}

BOOST_FIXTURE_TEST_CASE(a_log_that_is_too_long_to_be_kept_is_noticed, replaced_log) {
  replace_by(500);
  ec::unwrap(recent->head());
  check_noticed(reached);
}

BOOST_FIXTURE_TEST_CASE(another_log_is_noticed_by_one_who_is_behind, replaced_log) {
  replace_by(30);
  const auto fourth = ec::unwrap(recent->read(ec::read_log{.after = {3}, .before = {5}}));
  check_noticed({{4}, fourth.events.front().commit});
}

// -- failures ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_stores_failure_is_told_and_passes) {
  const auto recent = this->recent();
  ec::unwrap(recent->head());
  writer.add(*log, 3);
  guard->before = [](std::string_view) -> std::optional<ec::failure> {
    return ec::failure{ec::errc::store_unavailable, "gone fishing"};
  };
  must_fail(recent->read(ec::read_log{}), ec::errc::store_unavailable, "gone fishing");
  guard->before = {};
  BOOST_TEST(ec::unwrap(recent->read(ec::read_log{})).events.size() == 3U);
}

BOOST_AUTO_TEST_CASE(what_the_store_throws_is_passed_on_and_nobody_waits_for_it) {
  const auto recent = this->recent();
  ec::unwrap(recent->head());
  writer.add(*log, 3);
  guard->before = [](std::string_view) -> std::optional<ec::failure> {
    throw std::runtime_error{"thrown"};
  };
  BOOST_CHECK_THROW((void)recent->read(ec::read_log{}), std::runtime_error);
  guard->before = {};
  BOOST_TEST(ec::unwrap(recent->read(ec::read_log{})).events.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_malformed_query_fails_as_with_the_store) {
  const auto recent = this->recent();
  must_fail(recent->read(ec::read_log{.page = {.events = 0}}), ec::errc::invalid_argument);
  must_fail(recent->read(ec::read_log{.filter = {.glob = "[a"}}), ec::errc::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
