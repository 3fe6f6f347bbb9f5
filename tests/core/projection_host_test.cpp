#include "projection_host_support.hpp"

#include <algorithm>
#include <memory>

using namespace hosting;

namespace {

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

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_written_ends_it) {
  record all;
  const auto frozen = ec::memory::open(ec::store_settings{.read_only = true});
  host it{*frozen, ec::make_applier(all), continuous(), around};
  must_fail(end(it), ec::errc::read_only, "record");
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

BOOST_AUTO_TEST_CASE(a_pause_holds_dead_letters_and_rebuilds_too) {
  const auto models = std::make_shared<two_models>();
  host it{*store, models, continuous(), around};
  deposits(2);
  settle(it);
  const auto page = ec::unwrap(store->read(ec::read_log{.page = {.events = 1}}));
  const ec::failure why{ec::errc::handler_failed, "no luck"};
  ec::unwrap(store->park({.projection = "record", .event = page.events.front(), .why = why}));
  it.pause();
  BOOST_CHECK(it.rebuild());
  BOOST_TEST(ec::unwrap(store->retry_dead_letter("record", {1})));
  it.retry_dead_letters();
  settle(it);
  BOOST_TEST(models->serving.positions == (numbers{1, 2}), boost::test_tools::per_element());
  BOOST_REQUIRE(models->next);
  BOOST_TEST(models->next->positions.empty());
  it.resume();
  settle(it);
  BOOST_TEST(!models->next);
  BOOST_TEST(ec::unwrap(store->list_dead_letters({})).empty());
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

BOOST_AUTO_TEST_CASE(a_reset_that_was_not_followed_yet_outlives_the_lease) {
  record all;
  host it{guarded, ec::make_applier(all), continuous(), around};
  deposits(3);
  settle(it);
  pass(1s);
  settle(it);
  const auto while_the_store_is_away = [&](auto ask) {
    guarded.before = [](std::string_view call) -> std::optional<ec::failure> {
      if (call != "transact")
        return std::nullopt;
      return ec::failure{ec::errc::store_unavailable, "away"};
    };
    ask();
    for (int i = 0; i < 20; ++i)
      it.step();
    pass(5s);
    BOOST_REQUIRE(ec::unwrap(store->acquire_lease("projection/record", 1s)));
    settle(it, 100ms);
    BOOST_CHECK(it.status().state == ec::projection_state::standing_by);
    guarded.before = nullptr;
    pass(2s);
    settle(it);
  };
  while_the_store_is_away([&] { it.reset({2}); });
  BOOST_TEST(all.positions == (numbers{1, 2, 3, 3}), boost::test_tools::per_element());
  while_the_store_is_away([&] { BOOST_CHECK(it.rebuild()); });
  BOOST_TEST(all.positions == (numbers{1, 2, 3}), boost::test_tools::per_element());
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

// Its event comes again, and would be applied a second time when the letter is tried again.
BOOST_AUTO_TEST_CASE(a_rebuild_forgets_dead_letters) {
  record all{.bad = {1, 3}};
  auto options = continuous();
  options.failing = ec::give_up::park;
  host it{*store, ec::make_applier(all), options, around};
  deposits(4);
  settle(it);
  BOOST_TEST(ec::unwrap(store->list_dead_letters({})).size() == 2U);
  all.bad = {3};
  BOOST_CHECK(it.rebuild());
  settle(it);
  BOOST_TEST(!ec::unwrap(store->retry_dead_letter("record", {1})));
  BOOST_TEST(ec::unwrap(store->retry_dead_letter("record", {3})));
  all.bad.clear();
  it.retry_dead_letters();
  settle(it);
  BOOST_TEST(all.positions == (numbers{1, 2, 4, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_event_that_comes_in_its_turn_is_not_applied_as_a_dead_letter_besides) {
  deposits(3);
  auto options = continuous();
  options.failing = ec::give_up::park;
  options.from = ec::checkpoint{}; // in memory: it begins anew with each program
  const auto run = [&](record& all) {
    return host{*store, ec::make_applier(all), options, around};
  };
  {
    record all{.bad = {2}};
    auto it = run(all);
    settle(it);
  }
  record early;
  BOOST_TEST(ec::unwrap(store->retry_dead_letter("record", {2}))); // while no program runs
  auto first = run(early);
  settle(first);
  first.retry_dead_letters();
  settle(first);
  BOOST_TEST(early.positions == (numbers{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(ec::unwrap(store->list_dead_letters({})).empty());

  record bad{.bad = {2}};
  auto second = run(bad);
  settle(second);
  BOOST_TEST(ec::unwrap(store->retry_dead_letter("record", {2}))); // after it came in its turn
  first.retry_dead_letters();
  settle(first);
  BOOST_TEST(early.positions == (numbers{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_dead_letter_behind_a_reset_comes_in_its_turn) {
  record all{.bad = {2}};
  auto options = continuous();
  options.failing = ec::give_up::park;
  host it{*store, ec::make_applier(all), options, around};
  deposits(3);
  settle(it);
  all.bad.clear();
  BOOST_TEST(ec::unwrap(store->retry_dead_letter("record", {2})));
  it.reset({1});
  for (int i = 0; i < 2; ++i) {
    it.retry_dead_letters();
    settle(it);
  }
  BOOST_TEST(std::ranges::count(all.positions, 2U) == 1);
  BOOST_TEST(ec::unwrap(store->list_dead_letters({})).empty());
}

BOOST_AUTO_TEST_SUITE_END()
