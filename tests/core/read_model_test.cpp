#include "support/accounts.hpp"
#include "support/guarded_store.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/projection_host.hpp>
#include <eventcore/read_model.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/checks.hpp>

#include <atomic>
#include <charconv>
#include <memory>
#include <thread>

#include <boost/test/unit_test.hpp>

using namespace accounts;
using namespace ec::testing;

namespace {

template <int Version>
struct total_of {
  static constexpr std::string_view name = "total";
  static constexpr int snapshot_version = Version;
  using streams = ec::kinds<account>;

  std::int64_t cents = 0;
  int applied = 0; // by this object, since it was made or restored

  void apply(const money_deposited& e) {
    cents += e.cents;
    ++applied;
  }
  void reset() { cents = 0; }

  auto snapshot() const -> std::string { return std::to_string(cents); }
  auto restore(std::string_view text) -> ec::result<> {
    if (std::from_chars(text.data(), text.data() + text.size(), cents).ec != std::errc{})
      return ec::fail(ec::errc::codec_failed, "no number");
    return {};
  }
};
using total = total_of<1>;

/// Restores in part what it then refuses, and cannot be emptied.
struct half_restored {
  static constexpr std::string_view name = "half";
  using streams = ec::kinds<account>;

  std::int64_t cents = 0;

  void apply(const money_deposited& e) { cents += e.cents; }
  auto snapshot() const -> std::string { return std::to_string(cents); }
  auto restore(std::string_view) -> ec::result<> {
    cents = 1'000;
    return ec::fail(ec::errc::codec_failed, "cut off");
  }
};

/// Equal in every reader's eyes, unless it is read while an event is being applied.
struct twice {
  static constexpr std::string_view name = "twice";
  using streams = ec::kinds<account>;

  std::int64_t one = 0;
  std::int64_t other = 0;

  void apply(const money_deposited& e) {
    one += e.cents;
    other += e.cents;
  }
};

struct fixture {
  std::shared_ptr<ec::event_store> store = ec::memory::open();

  void deposits(int count) {
    for (int i = 0; i < count; ++i)
      ec::unwrap(ec::execute(*store, deposit{{"alice"}, 1}));
  }
};

constexpr ec::read_model_options often{.snapshot_positions = 5};

template <class Total = total>
auto run_total(ec::event_store& store, const ec::read_model<Total>& model) {
  ec::unwrap(ec::run(store, model, {.save_events = 1}));
  return model.read([](const Total& now) { return std::pair{now.cents, now.applied}; });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(read_models_in_memory, fixture)

BOOST_AUTO_TEST_CASE(a_model_goes_on_after_what_it_reached) {
  deposits(3);
  ec::read_model<total> all;
  BOOST_CHECK(run_total(*store, all) == (std::pair<std::int64_t, int>{3, 3}));
  deposits(2);
  BOOST_CHECK(run_total(*store, all) == (std::pair<std::int64_t, int>{5, 5}));
}

BOOST_AUTO_TEST_CASE(each_program_has_one_and_they_take_no_lease_from_each_other) {
  deposits(3);
  const auto lease = store->acquire_lease("projection/total", std::chrono::hours{1});
  BOOST_REQUIRE(ec::unwrap(lease).has_value());
  ec::read_model<total> all;
  BOOST_CHECK(run_total(*store, all).first == 3);
}

BOOST_AUTO_TEST_CASE(a_restarted_model_begins_with_the_state_that_was_kept) {
  deposits(12);
  {
    ec::read_model<total> all{{}, often};
    run_total(*store, all);
  }
  deposits(1);
  ec::read_model<total> again{{}, often};
  const auto [cents, applied] = run_total(*store, again);
  BOOST_TEST(cents == 13);
  BOOST_TEST(applied < 5 + 2);
}

// Else a restart would bring back what was there before.
BOOST_AUTO_TEST_CASE(a_rebuilt_state_takes_the_place_of_a_later_one) {
  deposits(11);
  const auto head = ec::unwrap(store->head());
  BOOST_TEST(ec::unwrap(store->save_read_model({.name = "total",
                                                .fold = "snapshot 1",
                                                .at = {head.position, head.commit},
                                                .payload = "1000"})));
  deposits(1);
  {
    ec::read_model<total> rebuilt{{}, often};
    const ec::environment around;
    ec::projection_host it{
      *store, rebuilt, {.until = ec::run_until::stopped, .save_events = 1}, around};
    const auto settle = [&] {
      while (!std::holds_alternative<ec::projection_host::rest>(it.step())) {
      }
    };
    settle();
    BOOST_CHECK(it.rebuild());
    settle();
  }
  ec::read_model<total> again{{}, often};
  BOOST_TEST(run_total(*store, again).first == 12);
}

BOOST_AUTO_TEST_CASE(a_state_of_another_version_is_not_used) {
  deposits(12);
  ec::read_model<total> old{{}, often};
  run_total(*store, old);
  ec::read_model<total_of<2>> all{{}, often};
  BOOST_CHECK(run_total<total_of<2>>(*store, all) == (std::pair<std::int64_t, int>{12, 12}));
}

BOOST_AUTO_TEST_CASE(a_state_that_cannot_be_restored_is_made_anew) {
  deposits(3);
  const auto head = ec::unwrap(store->head());
  BOOST_TEST(ec::unwrap(store->save_read_model({.name = "total",
                                                .fold = "snapshot 1",
                                                .at = {head.position, head.commit},
                                                .payload = "seven"})));
  ec::read_model<total> all{{}, often};
  BOOST_CHECK(run_total(*store, all) == (std::pair<std::int64_t, int>{3, 3}));
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_a_state_that_was_restored_in_part) {
  deposits(6);
  ec::read_model<half_restored> first{{}, often};
  ec::unwrap(ec::run(*store, first, {.save_events = 1}));
  ec::read_model<half_restored> again{{}, often};
  ec::unwrap(ec::run(*store, again));
  BOOST_TEST(again.read([](const half_restored& now) { return now.cents; }) == 6);
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_tell_is_a_failure_and_no_replay) {
  deposits(3);
  support::guarded_store guarded{store};
  guarded.before = [](std::string_view call) -> std::optional<ec::failure> {
    if (call == "load_read_model")
      return ec::failure{ec::errc::store_corrupt, "unreadable"};
    return std::nullopt;
  };
  ec::read_model<total> all{{}, often};
  must_fail(ec::run(guarded, all), ec::errc::store_corrupt, "unreadable");
}

BOOST_AUTO_TEST_CASE(readers_never_see_an_event_half_applied) {
  ec::read_model<twice> model;
  std::atomic<bool> done = false;
  std::jthread reading{[&] {
    while (!done)
      BOOST_REQUIRE(model.read([](const twice& now) { return now.one == now.other; }));
  }};
  deposits(2000);
  ec::unwrap(ec::run(*store, model, {.page = {.events = 7}}));
  done = true;
  BOOST_TEST(model.read([](const twice& now) { return now.other; }) == 2000);
}

BOOST_AUTO_TEST_SUITE_END()
