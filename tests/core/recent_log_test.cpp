#include "recent_log_support.hpp"
#include "support/wait_until.hpp"

#include <eventcore/log_batch.hpp>
#include <eventcore/subscription.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <rapidcheck.h>

using namespace recent_log_support;
using namespace std::chrono_literals;

namespace {

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

BOOST_AUTO_TEST_SUITE_END()
