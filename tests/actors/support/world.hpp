#pragma once

#include "end_now.hpp"
#include "node.hpp"
#include "reply.hpp"
#include "scripted_store.hpp"
#include "snapshot_reports.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/ids.hpp>

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

// A whole runtime in one thread, in which a test decides who runs when and what time it is.
namespace support {

namespace ea = eventcore::actors;
using namespace std::chrono_literals;

constexpr std::string_view a_coordinator = "eventcore.coordinator";
constexpr std::string_view a_stream = "eventcore.stream";
constexpr std::string_view the_log_writer = "eventcore.log-writer";
constexpr std::string_view a_reader = "eventcore.reader";
constexpr std::string_view the_router = "eventcore.router";
constexpr std::string_view a_projection = "eventcore.projection";
constexpr std::string_view the_awaiter = "eventcore.awaiter";

class world {
public:
  using names = std::initializer_list<std::string_view>;

  static auto one_of_each() -> ec::runtime_settings {
    ec::runtime_settings settings;
    settings.coordinators = 1;
    settings.readers = 1;
    return settings;
  }

  explicit world(ec::runtime_settings settings = one_of_each(),
                 std::shared_ptr<ec::event_store> inner = ec::memory::open())
      : store{std::make_shared<scripted_store>(std::move(inner))}, system_{config_},
        jobs_{dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())} {
    jobs_.clock().current_time += 1h;
    auto context = std::make_shared<ea::node_context>();
    context->settings = settings;
    context->store = store;
    context->log_source = store;
    context->watching = watching;
    context->log = std::make_shared<spdlog::logger>(
      "eventcore", std::make_shared<spdlog::sinks::null_sink_st>());
    context->snapshots = std::make_shared<ec::snapshots>(
      *store, settings.snapshot_defaults(), ea::report_snapshots(context->log, watching),
      ec::snapshots::works::when_told);
    context->gate = std::make_shared<ea::command_gate>(settings.commands.max_in_flight);
    context->ids = &ids_;
    context->wall_clock = [] { return ec::timestamp{std::chrono::seconds{1'700'000'000}}; };
    context->random = [] { return 0.5; };
    context->threads = false;
    node_context = context;
    node = system_.spawn(ea::node, ea::shared_context{context});
    run();
  }

  world(const world&) = delete;
  auto operator=(const world&) -> world& = delete;

  ~world() {
    caf::anon_send(node, ea::stop{});
    run();
    node_context->followers->abandon();
    seen_.clear();
  }

  // -- commands -------------------------------------------------------------

  /// Begins a command, which gets a number: 0, 1, 2, ...
  auto execute(ec::any_command command, ec::execute_options options = {}) -> std::size_t {
    const auto number = outcomes_.size();
    outcomes_.emplace_back();
    const auto tell = [this, number](ec::result<ec::executed> outcome) {
      BOOST_TEST(!outcomes_[number].has_value(), "command " << number << " is answered twice");
      outcomes_[number] = std::move(outcome);
    };
    if (auto entered = node_context->gate->enter(); !entered)
      tell(std::unexpected{entered.error()});
    else
      caf::anon_send(node, ea::run_command{std::move(command), std::move(options),
                                           std::make_shared<ea::reply>(node_context->gate, tell)});
    return number;
  }

  auto is_answered(std::size_t number) const -> bool { return outcomes_[number].has_value(); }

  auto outcome(std::size_t number) const -> const ec::result<ec::executed>& {
    BOOST_REQUIRE_MESSAGE(outcomes_[number], "command " << number << " is not answered");
    return *outcomes_[number];
  }

  auto succeeded(std::size_t number) const -> bool {
    return is_answered(number) && outcome(number).has_value();
  }

  auto failed_with(std::size_t number) const -> std::string {
    if (!is_answered(number))
      return "not answered";
    return outcome(number) ? "succeeded" : std::string{to_string(outcome(number).error().code)};
  }

  /// Runs a projection, as `runtime::run` does.
  auto follow(ec::any_projection projection, ec::projection_options options)
    -> std::shared_ptr<ea::hosted_projection> {
    auto hosted = std::make_shared<ea::hosted_projection>(ec::make_applier(std::move(projection)),
                                                          std::move(options), store);
    ec::unwrap(node_context->followers->add(hosted));
    caf::anon_send(node, ea::host_projection{hosted});
    return hosted;
  }

  /// Executes a command without the runtime, as another process would.
  auto stranger(const ec::any_command& command) -> ec::executed {
    return ec::unwrap(
      ec::execute(store->inner(), command, {}, {.ids = &strangers_ids_, .now = {}, .random = {}}));
  }

  // -- who runs -------------------------------------------------------------

  /// One message of the first actor that has one and is none of `held`; false when there is none.
  auto step(names held = {}) -> bool {
    auto& ready = jobs_.jobs;
    const auto next = std::ranges::find_if(ready, [&](caf::resumable* job) {
      const auto name = note(job);
      return std::ranges::find(held, name) == held.end() && !stands_still(job);
    });
    if (next == ready.end())
      return false;
    auto* job = *next;
    ready.erase(next);
    ready.push_front(job);
    return jobs_.try_run_once();
  }

  /// All that is to be done now, but for the actors of these names.
  void run(names held = {}) {
    std::size_t steps = 0;
    while (step(held))
      BOOST_REQUIRE_MESSAGE(++steps < 100'000, "the actors do not come to rest");
  }

  /// Lets time pass: timers fire when they are due, in order.
  void pass(std::chrono::nanoseconds time, names held = {}) {
    auto& clock = jobs_.clock();
    const auto end = clock.now() + time;
    run(held);
    while (clock.has_pending_timeout() && next_due() <= end) {
      clock.trigger_timeout();
      run(held);
    }
    clock.current_time = end;
    run(held);
  }

  /// Ends the newest actor of this name that did something.
  void kill(std::string_view name) {
    const auto all = seen_.find(name);
    BOOST_REQUIRE_MESSAGE(all != seen_.end(), "no " << name << " did anything");
    ea::end_now(caf::actor_cast<caf::actor>(all->second.back()));
  }

  /// Runs `act` while the newest actor of this name that did something stands still.
  template <class Act>
  void hold_newest(std::string_view name, const Act& act) {
    held_ = seen_.find(name)->second.back();
    act();
    held_ = nullptr;
  }

  /// How many actors of this name did something so far.
  auto count(std::string_view name) const -> std::size_t {
    const auto all = seen_.find(name);
    return all == seen_.end() ? 0 : all->second.size();
  }

  auto active_streams() const -> std::size_t { return node_context->now.active_streams; }

  auto system() -> caf::actor_system& { return system_; }

  /// No command, no write set, no byte is left.
  void check_at_rest() const {
    BOOST_TEST(node_context->gate->inside() == 0U);
    BOOST_TEST(node_context->now.queued_write_sets == 0U);
    BOOST_TEST(node_context->now.queued_bytes == 0U);
    const auto damage = store->inner().find_damage();
    BOOST_REQUIRE(damage);
    BOOST_TEST(damage->empty());
  }

  struct counting : ec::observer {
    void on(const ec::command_ended& one) override { ended.push_back(one); }
    void on(const ec::command_retried& again) override { retried.push_back(again); }
    void on(const ec::batch_ended& batch) override { batches.push_back(batch); }
    void on_lapsed() override { ++lapsed; }
    void on_snapshot(std::string_view kind, ec::snapshot_fate fate) override {
      snapshots.emplace_back(kind, fate);
    }
    void on_restarted(std::string_view actor) override { restarted.emplace_back(actor); }

    std::vector<ec::command_ended> ended;
    std::vector<ec::command_retried> retried;
    std::vector<ec::batch_ended> batches;
    std::size_t lapsed = 0;
    std::vector<std::pair<std::string, ec::snapshot_fate>> snapshots;
    std::vector<std::string> restarted;
  };

  std::shared_ptr<scripted_store> store;
  std::shared_ptr<counting> watching = std::make_shared<counting>();
  std::shared_ptr<const ea::node_context> node_context;
  ea::node_actor node;

private:
  struct config : caf::actor_system_config {
    config() { set("scheduler.policy", caf::atom("testing")); }
  };

  struct clock_access : caf::detail::test_actor_clock {
    static auto next(caf::detail::test_actor_clock& clock) {
      return (clock.*(&clock_access::schedule_)).begin()->first;
    }
  };

  auto stands_still(caf::resumable* job) const -> bool {
    auto* actor = dynamic_cast<caf::scheduled_actor*>(job);
    return held_ && actor && actor->ctrl() == held_.get();
  }

  auto next_due() -> caf::actor_clock::time_point { return clock_access::next(jobs_.clock()); }

  auto note(caf::resumable* job) -> std::string_view {
    auto* actor = dynamic_cast<caf::scheduled_actor*>(job);
    if (!actor)
      return {};
    auto& all = seen_[actor->name()];
    caf::strong_actor_ptr handle{actor->ctrl()};
    if (std::ranges::find(all, handle) == all.end())
      all.push_back(std::move(handle));
    return actor->name();
  }

  ec::testing::sequential_ids ids_{1};
  ec::testing::sequential_ids strangers_ids_{2};
  config config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& jobs_;
  std::map<std::string, std::vector<caf::strong_actor_ptr>, std::less<>> seen_;
  caf::strong_actor_ptr held_;
  std::deque<std::optional<ec::result<ec::executed>>> outcomes_;
};

} // namespace support
