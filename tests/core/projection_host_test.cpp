#include "support/accounts.hpp"
#include "support/guarded_store.hpp"
#include "support/wait_until.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/projection_host.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/clock.hpp>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace accounts;
using namespace ec::testing;
using namespace std::chrono_literals;

namespace {

using numbers = std::vector<std::uint64_t>;
using host = ec::projection_host;

struct record {
  static constexpr std::string_view name = "record";
  using streams = ec::kinds<account>;

  numbers positions{};
  std::set<std::uint64_t> bad{};

  void apply(const money_deposited&, const ec::event_info& about) {
    if (bad.contains(about.position.value))
      throw std::runtime_error{"no luck"};
    positions.push_back(about.position.value);
  }
  void reset() { positions.clear(); }
};

/// A read model that is rebuilt beside the one that serves, as one in SQL is, with both in memory.
class two_models final : public ec::applier {
public:
  explicit two_models(int behind = 0) : behind_{behind} {}

  auto type() const -> const ec::projection_type& override {
    return ec::detail::projection_type_of<record>;
  }
  auto apply(ec::event_store& store, const ec::batch_to_apply& batch)
    -> ec::applied_events override {
    return serving_->apply(store, batch);
  }
  auto clear(ec::event_store& store, const ec::checkpoint_move& move) -> ec::result<> override {
    return serving_->clear(store, move);
  }
  auto rebuilds_beside() const -> bool override { return true; }
  auto begin_rebuild(ec::event_store&, const std::optional<ec::lease_claim>&)
    -> ec::result<> override {
    next = std::make_unique<record_beside>();
    return {};
  }
  auto find_rebuild(ec::event_store&) -> ec::result<std::shared_ptr<ec::applier>> override {
    if (!next)
      return nullptr;
    return ec::make_applier(*next);
  }
  auto finish_rebuild(ec::event_store& store, const std::optional<ec::lease_claim>&)
    -> ec::result<bool> override {
    if (behind_-- > 0)
      return false;
    serving.positions = next->positions;
    next.reset();
    const auto at = ec::unwrap(store.load_checkpoint("record/rebuild"));
    const auto was = ec::unwrap(store.load_checkpoint("record")).value_or(ec::checkpoint{});
    const ec::checkpoint_move moves[] = {{.name = "record", .from = was, .to = *at},
                                         {.name = "record/rebuild", .from = *at, .to = {}}};
    ec::unwrap(store.transact(moves, {}));
    return true;
  }

  record serving;

  struct record_beside : record {
    static constexpr std::string_view name = "record/rebuild";
  };
  std::unique_ptr<record_beside> next;

private:
  std::shared_ptr<ec::applier> serving_ = ec::make_applier(serving);
  int behind_; // so often the new model has not come far enough
};

/// Keeps its checkpoint with its effects; a batch is not done before the next page was asked for.
class overlapping final : public ec::applier {
public:
  explicit overlapping(const std::atomic<int>& reads) : reads_{reads} {}

  auto type() const -> const ec::projection_type& override {
    return ec::detail::projection_type_of<record>;
  }
  auto saves() const -> ec::projection_run::saving override {
    return ec::projection_run::saving::with_effects;
  }
  auto apply(ec::event_store& store, const ec::batch_to_apply& batch)
    -> ec::applied_events override {
    const ec::checkpoint_move move{
      .name = "record", .from = batch.from, .to = batch.to, .under = batch.under};
    ec::unwrap(store.transact({&move, 1}, {}));
    for (const auto& event : batch.events)
      positions.push_back(event.position.value);
    const auto pages = static_cast<int>(positions.size()) / 2;
    support::wait_until("the next page is read", [&] { return reads_ > pages || pages == 3; });
    return {.count = batch.events.size()};
  }
  auto clear(ec::event_store&, const ec::checkpoint_move&) -> ec::result<> override { return {}; }

  numbers positions;

private:
  const std::atomic<int>& reads_;
};

struct fixture {
  manual_clock clock;
  std::shared_ptr<ec::event_store> store =
    ec::memory::open(ec::store_settings{.clock = [this] { return clock(); }});
  support::guarded_store guarded{store};
  std::chrono::steady_clock::time_point steady{std::chrono::hours{1}};
  ec::environment around;

  fixture() {
    around.random = [] { return 0.5; };
    around.now = [this] { return ec::moment{.wall = clock(), .steady = steady}; };
  }

  void pass(std::chrono::microseconds time) {
    clock.advance(time);
    steady += time;
  }

  void deposits(int count) {
    for (int i = 0; i < count; ++i)
      ec::unwrap(ec::execute(*store, deposit{{"alice"}, 1}));
  }

  auto saved() const -> std::uint64_t {
    return ec::unwrap(store->load_checkpoint("record")).value_or(ec::checkpoint{}).position.value;
  }

  /// Steps until it rests for `at_least`; time passes in shorter rests.
  void settle(host& it, std::chrono::microseconds at_least = 1ms) {
    for (int i = 0; i < 10'000; ++i) {
      const auto next = it.step();
      BOOST_REQUIRE(!std::holds_alternative<host::ended>(next));
      if (const auto* rest = std::get_if<host::rest>(&next)) {
        if (rest->at_most >= at_least)
          return;
        pass(rest->at_most);
      }
    }
    BOOST_FAIL("it does not come to rest");
  }

  auto end(host& it) -> ec::result<ec::projection_status> {
    for (int i = 0; i < 10'000; ++i) {
      auto next = it.step();
      if (auto* ended = std::get_if<host::ended>(&next))
        return std::move(ended->outcome);
      if (const auto* rest = std::get_if<host::rest>(&next))
        pass(rest->at_most);
    }
    BOOST_FAIL("it does not end");
    return {};
  }
};

auto continuous() -> ec::projection_options { return {.until = ec::run_until::stopped}; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(projection_hosts, fixture)

BOOST_AUTO_TEST_CASE(it_applies_what_comes_and_rests_at_the_head) {
  record all;
  host it{*store, ec::make_applier(all), continuous(), around};
  deposits(3);
  settle(it);
  deposits(2);
  settle(it);
  BOOST_TEST(all.positions == (numbers{1, 2, 3, 4, 5}), boost::test_tools::per_element());
  BOOST_CHECK(it.status().state == ec::projection_state::live);
  it.stop();
  BOOST_CHECK(ec::unwrap(end(it)).state == ec::projection_state::stopped);
  BOOST_TEST(saved() == 5U);
}

// -- leaders -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(of_two_one_leads_and_the_other_takes_over_at_once_when_it_stops) {
  record first;
  record second;
  host one{*store, ec::make_applier(first), continuous(), around};
  host two{*store, ec::make_applier(second), continuous(), around};
  deposits(3);
  settle(one);
  settle(two);
  BOOST_CHECK(two.status().state == ec::projection_state::standing_by);
  BOOST_TEST(second.positions.empty());
  one.stop();
  ec::unwrap(end(one));
  deposits(1);
  pass(250ms);
  settle(two);
  BOOST_TEST(second.positions == (numbers{4}), boost::test_tools::per_element());
  BOOST_CHECK(two.status().state == ec::projection_state::live);
}

BOOST_AUTO_TEST_CASE(a_leader_that_is_heard_of_no_more_is_replaced_within_five_seconds) {
  record first;
  record second;
  host one{*store, ec::make_applier(first), continuous(), around};
  host two{*store, ec::make_applier(second), continuous(), around};
  deposits(2);
  settle(one);
  settle(two);
  deposits(1);
  const auto died = steady;
  while (second.positions.empty() && steady < died + 10s) {
    settle(two);
    pass(50ms);
  }
  BOOST_CHECK(steady - died <= 5s);
  // It had applied two events without saving them: they come again (at least once).
  BOOST_TEST(second.positions.back() == 3U);
  // The first one wakes, by its own clock long after its term, and stands by.
  deposits(1);
  settle(one);
  BOOST_CHECK(one.status().state == ec::projection_state::standing_by);
  BOOST_TEST(first.positions == (numbers{1, 2}), boost::test_tools::per_element());
}

// A clock that stood still while the process slept.
BOOST_AUTO_TEST_CASE(a_leader_that_believes_to_lead_still_moves_nothing_once_it_was_replaced) {
  record first;
  record second;
  auto options = continuous();
  options.save_events = 1;
  host one{*store, ec::make_applier(first), options, around};
  deposits(2);
  settle(one);
  clock.advance(10s); // only the store's
  host two{*store, ec::make_applier(second), options, around};
  settle(two);
  deposits(2);
  settle(two);
  settle(one);
  BOOST_CHECK(one.status().state == ec::projection_state::standing_by);
  BOOST_REQUIRE(one.status().last_failure.has_value());
  BOOST_CHECK(one.status().last_failure->code == ec::errc::lease_lost);
  BOOST_TEST(second.positions == (numbers{3, 4}), boost::test_tools::per_element());
  BOOST_TEST(saved() == 4U);
}

BOOST_AUTO_TEST_CASE(a_run_to_the_head_that_stands_by_ends_when_the_leader_came_so_far) {
  record first;
  record second;
  deposits(3);
  host one{*store, ec::make_applier(first), continuous(), around};
  one.step(); // it leads
  host two{*store, ec::make_applier(second), {}, around};
  settle(two, 100ms);
  settle(one);
  pass(1s);
  settle(one);
  const auto status = ec::unwrap(end(two));
  BOOST_TEST(status.reached.position.value == 3U);
  BOOST_TEST(second.positions.empty());
}

BOOST_AUTO_TEST_CASE(a_run_to_the_head_of_an_empty_log_ends_while_another_program_leads) {
  record first;
  record second;
  host one{*store, ec::make_applier(first), continuous(), around};
  settle(one);
  host two{*store, ec::make_applier(second), {}, around};
  BOOST_TEST(ec::unwrap(end(two)).reached.position.value == 0U);
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_written_ends_it) {
  record all;
  const auto frozen = ec::memory::open(ec::store_settings{.read_only = true});
  host it{*frozen, ec::make_applier(all), continuous(), around};
  must_fail(end(it), ec::errc::read_only, "record");
}

BOOST_AUTO_TEST_CASE(without_a_lease_it_begins_at_once) {
  record first;
  record second;
  deposits(2);
  auto options = continuous();
  options.takeover = 0ms;
  host one{*store, ec::make_applier(first), options, around};
  host two{*store, ec::make_applier(second), options, around};
  settle(one);
  settle(two);
  BOOST_TEST(first.positions.size() == 2U);
  BOOST_TEST(second.positions.size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_next_page_is_read_while_a_transaction_is_under_way) {
  std::atomic<int> reads = 0;
  guarded.before = [&](std::string_view call) -> std::optional<ec::failure> {
    reads += call == "read" ? 1 : 0;
    return std::nullopt;
  };
  deposits(6);
  const auto into = std::make_shared<overlapping>(reads);
  host it{guarded, into, {.page = {.events = 2}}, around};
  BOOST_TEST(ec::unwrap(end(it)).reached.position.value == 6U);
  BOOST_TEST(into->positions == (numbers{1, 2, 3, 4, 5, 6}), boost::test_tools::per_element());
}

// -- requests ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_pause_lasts_until_it_is_resumed) {
  record all;
  host it{*store, ec::make_applier(all), continuous(), around};
  it.pause();
  deposits(2);
  settle(it);
  BOOST_TEST(all.positions.empty());
  BOOST_CHECK(it.status().state == ec::projection_state::paused);
  it.resume();
  settle(it);
  BOOST_TEST(all.positions.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_reset_plays_again_what_follows) {
  record all;
  host it{*store, ec::make_applier(all), continuous(), around};
  deposits(4);
  settle(it);
  it.reset({2});
  settle(it);
  BOOST_TEST(all.positions == (numbers{1, 2, 3, 4, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rebuild_of_one_model_empties_it_first) {
  record all;
  host it{*store, ec::make_applier(all), continuous(), around};
  deposits(2);
  settle(it);
  BOOST_CHECK(it.rebuild());
  settle(it);
  BOOST_TEST(all.positions == (numbers{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rebuild_beside_goes_on_until_the_new_model_came_as_far) {
  const auto models = std::make_shared<two_models>(2);
  host it{*store, models, continuous(), around};
  deposits(3);
  settle(it);
  models->serving.positions = {99};
  BOOST_CHECK(it.rebuild());
  settle(it);
  BOOST_TEST(models->serving.positions == (numbers{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(!models->next);
  deposits(1);
  settle(it);
  BOOST_TEST(models->serving.positions == (numbers{1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rebuild_that_another_leader_began_is_gone_on_with) {
  const auto models = std::make_shared<two_models>();
  deposits(2);
  BOOST_CHECK(models->begin_rebuild(*store, {}));
  host it{*store, models, continuous(), around};
  settle(it);
  BOOST_TEST(!models->next);
  BOOST_TEST(models->serving.positions == (numbers{1, 2}), boost::test_tools::per_element());
}

// -- dead letters --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(dead_letters_lie_in_the_store_and_are_tried_again_when_they_are_marked) {
  record all{.bad = {2}};
  auto options = continuous();
  options.failing = ec::give_up::park;
  host it{*store, ec::make_applier(all), options, around};
  deposits(3);
  settle(it);
  BOOST_TEST(all.positions == (numbers{1, 3}), boost::test_tools::per_element());
  const auto letters = ec::unwrap(store->list_dead_letters({.projection = "record"}));
  BOOST_REQUIRE_EQUAL(letters.size(), 1U);
  BOOST_TEST(letters[0].position.value == 2U);
  BOOST_TEST(letters[0].stream == "account-alice");
  BOOST_TEST(letters[0].detail.contains("no luck"));
  // Still bad: it is laid aside again, and not tried by itself.
  BOOST_TEST(ec::unwrap(store->retry_dead_letter("record", {2})));
  it.retry_dead_letters();
  settle(it);
  const auto again = ec::unwrap(store->list_dead_letters({}));
  BOOST_REQUIRE_EQUAL(again.size(), 1U);
  BOOST_TEST(again[0].attempts == 2U);
  BOOST_TEST(!again[0].retry);
  // Mended: it is applied and gone, within seconds of the mark.
  all.bad.clear();
  BOOST_TEST(ec::unwrap(store->retry_dead_letter("record", {2})));
  pass(2s);
  settle(it);
  BOOST_TEST(all.positions == (numbers{1, 3, 2}), boost::test_tools::per_element());
  BOOST_TEST(ec::unwrap(store->list_dead_letters({})).empty());
}

BOOST_AUTO_TEST_SUITE_END()
