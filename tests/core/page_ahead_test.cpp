#include "projection_host_support.hpp"

#include <eventcore/run.hpp>

#include <atomic>
#include <mutex>
#include <thread>

using namespace hosting;

namespace {

/// The positions of a page that was prepared.
struct noted final : ec::prepared_events {
  explicit noted(std::span<const ec::recorded_event> page) {
    for (const auto& event : page)
      positions.push_back(event.position.value);
  }

  numbers positions{};
};

/// Keeps its checkpoint with what it applies, so that its pages are read ahead.
class preparing final : public ec::applier {
public:
  auto type() const -> const ec::projection_type& override {
    return ec::detail::projection_type_of<record>;
  }
  auto saves() const -> ec::projection_run::saving override {
    return ec::projection_run::saving::with_effects;
  }
  auto apply(ec::event_store& store, const ec::batch_to_apply& batch)
    -> ec::applied_events override {
    const noted events{batch.events};
    if (const auto* prepared = dynamic_cast<const noted*>(batch.prepared.get())) {
      BOOST_TEST(prepared->positions == events.positions);
      ++used;
    }
    const ec::checkpoint_move move{
      .name = "record", .from = batch.from, .to = batch.to, .under = batch.under};
    if (auto moved = store.transact({&move, 1}, {}); !moved)
      return {.count = 0, .stopped_by = moved.error()};
    applied.insert(applied.end(), events.positions.begin(), events.positions.end());
    return {.count = batch.events.size()};
  }
  auto clear(ec::event_store& store, const ec::checkpoint_move& move) -> ec::result<> override {
    return save(store, move);
  }
  auto prepare(std::span<const ec::recorded_event> page) const
    -> std::shared_ptr<ec::prepared_events> override {
    static std::atomic<int> made;
    thread_local const int mine = ++made; // ids of threads come again
    const std::lock_guard guard{guard_};
    threads_.insert(mine);
    on_other_threads_ = on_other_threads_ && std::this_thread::get_id() != made_on_;
    if (throws)
      throw std::runtime_error{"no luck"};
    return std::make_shared<noted>(page);
  }

  /// How many have prepared.
  auto threads() const -> std::size_t {
    const std::lock_guard guard{guard_};
    return threads_.size();
  }
  auto on_other_threads() const -> bool {
    const std::lock_guard guard{guard_};
    return on_other_threads_;
  }

  bool throws = false;
  numbers applied{};
  int used = 0; // pages that were prepared

private:
  mutable std::mutex guard_;
  mutable std::set<int> threads_{};
  mutable bool on_other_threads_ = true;
  const std::thread::id made_on_ = std::this_thread::get_id();
};

auto through(std::uint64_t last) -> numbers {
  numbers all;
  for (std::uint64_t at = 1; at <= last; ++at)
    all.push_back(at);
  return all;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(each_page_but_the_first_is_prepared_by_one_other_thread, fixture) {
  deposits(45);
  const auto it = std::make_shared<preparing>();
  ec::unwrap(ec::run(*store, it, {.page = {.events = 10}}));
  BOOST_TEST(it->applied == through(45), boost::test_tools::per_element());
  BOOST_TEST(it->used == 4);
  BOOST_TEST(it->threads() == 1);
  BOOST_TEST(it->on_other_threads());
}

BOOST_FIXTURE_TEST_CASE(nothing_is_prepared_when_nothing_is_read_ahead, fixture) {
  deposits(45);
  const auto it = std::make_shared<preparing>();
  ec::unwrap(ec::run(*store, it, {.page = {.events = 10}, .read_ahead = false}));
  BOOST_TEST(it->applied == through(45), boost::test_tools::per_element());
  BOOST_TEST(it->used == 0);
  BOOST_TEST(it->threads() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_page_that_could_not_be_prepared_comes_in_its_turn, fixture) {
  deposits(45);
  const auto it = std::make_shared<preparing>();
  it->throws = true;
  ec::unwrap(ec::run(*store, it, {.page = {.events = 10}}));
  BOOST_TEST(it->applied == through(45), boost::test_tools::per_element());
  BOOST_TEST(it->used == 0);
}

BOOST_FIXTURE_TEST_CASE(a_page_that_a_reset_made_useless_is_dropped, fixture) {
  deposits(45);
  const auto it = std::make_shared<preparing>();
  host hosted{*store, it, {.until = ec::run_until::stopped, .page = {.events = 10}}, around};
  while (it->applied.size() < 20)
    hosted.step();
  hosted.reset({5});
  settle(hosted);
  auto wanted = through(20);
  for (std::uint64_t at = 6; at <= 45; ++at)
    wanted.push_back(at);
  BOOST_TEST(it->applied == wanted, boost::test_tools::per_element());
  BOOST_TEST(saved() == 45);
}

BOOST_FIXTURE_TEST_CASE(reading_ahead_begins_again_behind_the_head, fixture) {
  deposits(25);
  const auto it = std::make_shared<preparing>();
  host hosted{*store, it, {.until = ec::run_until::stopped, .page = {.events = 10}}, around};
  settle(hosted);
  BOOST_TEST(it->used == 2);
  deposits(25);
  settle(hosted);
  BOOST_TEST(it->applied == through(50), boost::test_tools::per_element());
  BOOST_TEST(it->used == 4);
}
