#include "support/meters.hpp"
#include "support/snapshot_store.hpp"
#include "support/wait_until.hpp"

#include <eventcore/load.hpp>
#include <eventcore/snapshots.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/ids.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace meters;

namespace {

using ec::testing::must;

struct rare {
  using events = ec::events<counted>;
  static constexpr std::uint64_t snapshot_every = 70'000;
  void apply(const counted&) {}
};
BOOST_DESCRIBE_STRUCT(rare, (), ())

/// Cannot be encoded.
struct infinite {
  double value = 1.0 / 0.0;
  void apply(const counted&) {}
};
BOOST_DESCRIBE_STRUCT(infinite, (), (value))

struct queue {
  explicit queue(ec::snapshots::works how = ec::snapshots::works::when_told)
      : kept{*store, {.every = 10}, hooks(), how} {
    for (std::uint64_t n = 1; n <= 20; ++n)
      heads.push_back(commit(*store, ids, stream.id(), heads.back(), std::vector{n}));
  }

  auto hooks() -> ec::snapshot_hooks {
    return {.on_saved = [this](const auto&, const auto&, const auto&) { ++saved; },
            .on_ignored = {},
            .on_failed =
              [this](const auto&, const auto&, const ec::failure& why) {
                ++failed;
                last = why.text();
              }};
  }

  static auto state(std::uint64_t count) -> std::shared_ptr<const void> {
    auto made = std::make_shared<meter>();
    made->count = count;
    return made;
  }

  void offer(std::uint64_t version) {
    kept.offer(stream.id(), ec::view_type_of<meter>, {heads[version], state(version)});
  }

  auto found() const -> std::uint64_t {
    const auto one = must(store->inner().load_snapshot(stream.id(), "meter"));
    return one ? one->head.version.value : 0;
  }

  ec::testing::sequential_ids ids;
  ec::stream<meter> stream{"1"};
  std::vector<ec::stream_head> heads{{}};
  std::shared_ptr<support::snapshot_store> store =
    std::make_shared<support::snapshot_store>(ec::memory::open());
  std::atomic<int> saved = 0;
  std::atomic<int> failed = 0;
  std::string last;
  ec::snapshots kept;
};

} // namespace

BOOST_AUTO_TEST_SUITE(snapshot_queue)

BOOST_AUTO_TEST_CASE(a_setting_overrides_the_kind_which_overrides_the_default) {
  const ec::snapshot_policy plain{.every = 5};
  BOOST_TEST(plain.every_of(ec::view_type_of<meter>) == 5U);
  BOOST_TEST((plain.every_of(ec::view_type_of<meter, sum_of>) == 5U));
  BOOST_TEST((plain.every_of(ec::view_type_of<meter, parity>) == 0U)); // cannot be kept
  BOOST_TEST(plain.every_of(ec::view_type_of<rare>) == 70'000U);
  const ec::snapshot_policy set{.every = 5, .kinds = {{"rare", 3}, {"meter", 0}}};
  BOOST_TEST(set.every_of(ec::view_type_of<rare>) == 3U);
  BOOST_TEST(set.every_of(ec::view_type_of<meter>) == 0U);
  const ec::snapshot_policy off{.every = 0, .kinds = {{"meter", 9}}};
  BOOST_TEST(off.every_of(ec::view_type_of<rare>) == 0U);
  BOOST_TEST(off.every_of(ec::view_type_of<meter>) == 9U);
  BOOST_TEST(ec::snapshot_policy{}.every_of(ec::view_type_of<meter>) == 1'000U);
}

BOOST_AUTO_TEST_CASE(nothing_is_written_by_who_offers) {
  queue q;
  q.offer(10);
  BOOST_TEST(q.store->saves == 0U);
  q.kept.flush();
  BOOST_TEST(q.found() == 10U);
}

BOOST_AUTO_TEST_CASE(of_one_stream_and_view_only_the_newest_waits) {
  queue q;
  q.offer(10);
  q.offer(12);
  q.offer(11);
  q.kept.offer(q.stream.id(), ec::view_type_of<meter, sum_of>,
               {q.heads[9], std::make_shared<sum_of>()});
  q.kept.flush();
  BOOST_TEST(q.store->saves == 2U);
  BOOST_TEST(q.found() == 12U);
  BOOST_TEST(q.saved == 2);
}

BOOST_AUTO_TEST_CASE(what_is_too_much_is_dropped) {
  queue q;
  const auto unused = queue::state(0);
  for (int i = 0; i < 1'000; ++i)
    q.kept.offer(must(ec::stream<meter>::of(fmt::format("x{}", i))).id(), ec::view_type_of<meter>,
                 {q.heads[1], unused});
  BOOST_TEST(unused.use_count() == 257);
  q.kept.flush();
  BOOST_TEST(q.store->saves == 256U);
  BOOST_TEST(unused.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_stale_one_does_not_take_the_place_of_a_newer_one) {
  queue q;
  ec::snapshots other{*q.store, {.every = 10}, {}, ec::snapshots::works::when_told};
  q.offer(15);
  q.kept.flush();
  other.offer(q.stream.id(), ec::view_type_of<meter>, {q.heads[14], queue::state(14)});
  other.flush();
  BOOST_TEST(q.found() == 15U);
}

BOOST_AUTO_TEST_CASE(who_fails_is_told_and_not_tried_again) {
  queue q;
  q.kept.offer(q.stream.id(), ec::view_type_of<meter, infinite>,
               {q.heads[10], std::make_shared<infinite>()});
  q.kept.flush();
  BOOST_TEST(q.failed == 1);
  BOOST_TEST(q.store->saves == 0U);
  q.store->on_save = [](const auto&) -> std::optional<ec::result<bool>> {
    return ec::fail(ec::errc::store_unavailable, "no disk");
  };
  q.offer(10);
  q.kept.flush();
  q.kept.flush();
  BOOST_TEST(q.failed == 2);
  BOOST_TEST(q.last.contains("no disk"));
  q.store->on_save = [](const auto&) -> std::optional<ec::result<bool>> {
    throw std::runtime_error{"a broken store"};
  };
  q.offer(10);
  q.kept.flush();
  BOOST_TEST(q.failed == 3);
  BOOST_TEST(q.last.contains("a broken store"));
  q.store->on_save = [](const auto&) -> std::optional<ec::result<bool>> { return false; };
  q.offer(10);
  q.kept.flush();
  BOOST_TEST(q.failed == 3); // a later one was there
  BOOST_TEST(q.saved == 0);
}

BOOST_AUTO_TEST_CASE(its_own_thread_saves_what_is_offered) {
  queue q{ec::snapshots::works::by_itself};
  q.offer(10);
  support::wait_until("a snapshot", [&] { return q.saved == 1; });
  BOOST_TEST(q.found() == 10U);
  q.offer(20);
  q.kept.flush(); // does not wait for its turn
  BOOST_TEST(q.found() == 20U);
}

BOOST_AUTO_TEST_CASE(stopping_waits_for_the_write_under_way_and_forgets_the_rest) {
  queue q{ec::snapshots::works::by_itself};
  std::binary_semaphore writing{0};
  std::binary_semaphore go_on{0};
  q.store->on_save = [&](const auto&) -> std::optional<ec::result<bool>> {
    writing.release();
    go_on.acquire();
    return std::nullopt;
  };
  q.offer(10);
  writing.acquire();
  q.offer(20);
  auto stopped = std::async(std::launch::async, [&] { q.kept.stop(); });
  BOOST_TEST((stopped.wait_for(std::chrono::seconds{0}) == std::future_status::timeout));
  go_on.release();
  stopped.get();
  BOOST_TEST(q.found() == 10U);
  BOOST_TEST(q.store->saves == 1U);
  const auto late = queue::state(20);
  q.kept.offer(q.stream.id(), ec::view_type_of<meter>, {q.heads[20], late});
  q.kept.flush();
  BOOST_TEST(q.store->saves == 1U);
  BOOST_TEST(late.use_count() == 1);
}

// All that can race does; the sanitizers and the last look say whether that is well.
BOOST_AUTO_TEST_CASE(any_threads_may_offer_flush_and_stop) {
  queue q{ec::snapshots::works::by_itself};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::uint64_t v = 1; v <= 20; ++v) {
          q.offer(v);
          if ((v + static_cast<std::uint64_t>(t)) % 5 == 0)
            q.kept.flush();
        }
      });
  }
  q.kept.flush();
  BOOST_TEST(q.found() == 20U);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        q.offer(20);
        q.kept.stop();
      });
  }
}

BOOST_AUTO_TEST_SUITE_END()
