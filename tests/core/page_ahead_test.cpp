#include "projection_host_support.hpp"
#include "support/wait_until.hpp"

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
class saving_with_effects : public ec::applier {
public:
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
    return {.count = batch.events.size()};
  }
  auto clear(ec::event_store& store, const ec::checkpoint_move& move) -> ec::result<> override {
    return save(store, move);
  }

  numbers positions{};
};

/// A batch is not done before the next page was asked for.
class overlapping final : public saving_with_effects {
public:
  explicit overlapping(const std::atomic<int>& reads) : reads_{reads} {}

  auto apply(ec::event_store& store, const ec::batch_to_apply& batch)
    -> ec::applied_events override {
    auto applied = saving_with_effects::apply(store, batch);
    const auto pages = static_cast<int>(positions.size()) / 2;
    support::wait_until("the next page is read", [&] { return reads_ > pages || pages == 3; });
    return applied;
  }

private:
  const std::atomic<int>& reads_;
};

/// Sees that what was prepared is of the events that are applied.
class preparing final : public saving_with_effects {
public:
  auto apply(ec::event_store& store, const ec::batch_to_apply& batch)
    -> ec::applied_events override {
    if (const auto* prepared = dynamic_cast<const noted*>(batch.prepared.get())) {
      BOOST_TEST(prepared->positions == noted{batch.events}.positions);
      ++used;
    }
    return saving_with_effects::apply(store, batch);
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

BOOST_FIXTURE_TEST_CASE(the_next_page_is_read_while_a_transaction_is_under_way, fixture) {
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

BOOST_FIXTURE_TEST_CASE(each_page_but_the_first_is_prepared_by_one_other_thread, fixture) {
  deposits(45);
  const auto it = std::make_shared<preparing>();
  ec::unwrap(ec::run(*store, it, {.page = {.events = 10}}));
  BOOST_TEST(it->positions == through(45), boost::test_tools::per_element());
  BOOST_TEST(it->used == 4);
  BOOST_TEST(it->threads() == 1);
  BOOST_TEST(it->on_other_threads());
}

BOOST_FIXTURE_TEST_CASE(nothing_is_prepared_when_nothing_is_read_ahead, fixture) {
  deposits(45);
  const auto it = std::make_shared<preparing>();
  ec::unwrap(ec::run(*store, it, {.page = {.events = 10}, .read_ahead = false}));
  BOOST_TEST(it->positions == through(45), boost::test_tools::per_element());
  BOOST_TEST(it->used == 0);
  BOOST_TEST(it->threads() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_page_that_could_not_be_prepared_comes_in_its_turn, fixture) {
  deposits(45);
  const auto it = std::make_shared<preparing>();
  it->throws = true;
  ec::unwrap(ec::run(*store, it, {.page = {.events = 10}}));
  BOOST_TEST(it->positions == through(45), boost::test_tools::per_element());
  BOOST_TEST(it->used == 0);
}

BOOST_FIXTURE_TEST_CASE(a_page_that_a_reset_made_useless_is_dropped, fixture) {
  deposits(45);
  const auto it = std::make_shared<preparing>();
  host hosted{*store, it, {.until = ec::run_until::stopped, .page = {.events = 10}}, around};
  while (it->positions.size() < 20)
    hosted.step();
  hosted.reset({5});
  settle(hosted);
  auto wanted = through(20);
  for (std::uint64_t at = 6; at <= 45; ++at)
    wanted.push_back(at);
  BOOST_TEST(it->positions == wanted, boost::test_tools::per_element());
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
  BOOST_TEST(it->positions == through(50), boost::test_tools::per_element());
  BOOST_TEST(it->used == 4);
}
