#pragma once

#include "calls.hpp"
#include "dice.hpp"
#include "node.hpp"
#include "plan.hpp"
#include "read_models.hpp"
#include "snapshot_guard.hpp"
#include "support/faulty_store.hpp"
#include "watcher.hpp"

#include <eventcore/testing/ids.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace harness {

/// A promise of the runtime is broken, as far as it can be seen while it runs.
struct broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct testing_config : caf::actor_system_config {
  testing_config();
};

/// A whole runtime in one thread: time, the order in which actors run, what the clients ask, what
/// fails and who dies all follow from the plan's seed.
class world {
public:
  /// With `trace`, every step is written there.
  world(const plan& planned, std::shared_ptr<ec::event_store> inner,
        std::vector<std::string>* trace);
  ~world();

  // -- the acts of a run; each throws `broken` --

  /// Clients ask, with all the trouble that is planned.
  void play();
  /// No more trouble: until all that was asked is answered.
  void heal();
  /// All is well: each stream can be written to.
  void probe();
  /// All is well: until the projections have seen all; then they are stopped.
  void catch_up();
  /// Nobody asks any more: until all streams are let go.
  void rest();
  /// Ends the runtime, from whatever it is doing.
  void stop();

  auto take_calls() -> calls { return std::move(calls_); }
  auto watched() const -> const watcher& { return *watcher_; }
  auto store() -> support::faulty_store& { return *store_; }

  /// Equal for equal runs.
  auto fingerprint() const -> std::uint64_t { return fingerprint_; }
  auto steps() const -> std::uint64_t { return steps_; }

private:
  struct known_actor {
    caf::actor_addr address;
    std::string_view name;
  };

  // -- one step --
  void step();
  auto run_one() -> bool;
  auto pass_time() -> bool;
  auto choose_job() -> std::size_t;
  void meet(caf::scheduled_actor& actor);
  void let_one_die();
  void let_stranger_write(ec::event_store& inner, std::uint32_t stream);

  void keep_snapshots();

  // -- calls --
  void ask(call& made);
  void record(call& made, ec::result<ec::executed> outcome);
  // -- projections --
  void follow();
  void step_rival();
  void judge_projections();
  void judge_awaited(const call& asked, const ec::executed& told);
  auto follow_options() const -> ec::projection_options;
  auto follow_trouble(std::uint64_t whose) const -> transaction_trouble;

  auto in_flight() const -> std::size_t { return asked_ - answered_; }
  auto troubles() const -> std::uint64_t;
  void run_until_answered(std::uint64_t most_steps);

  auto now() -> std::chrono::steady_clock::time_point { return scheduler_.clock().now(); }
  void say(std::string line);
  void check_rest();
  void tear_down();

  const plan plan_;
  dice by_;
  dice by_snapshots_; ///< apart, so that the rest of a run is the same with and without
  std::vector<std::string>* trace_;
  testing_config config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& scheduler_;
  std::size_t actors_before_ = 0;

  calls calls_;
  std::shared_ptr<watcher> watcher_;
  std::shared_ptr<support::faulty_store> store_;
  ec::testing::sequential_ids ids_{1};
  ec::testing::sequential_ids strangers_ids_{2};
  std::shared_ptr<snapshot_guard> guard_;
  std::shared_ptr<ec::actors::node_context> context_;
  ec::actors::node_actor node_;

  std::shared_ptr<exact_record> exact_ = std::make_shared<exact_record>();
  std::shared_ptr<repeating_record> repeating_ = std::make_shared<repeating_record>();
  std::shared_ptr<exact_applier> exact_into_;
  std::vector<std::shared_ptr<ec::actors::hosted_projection>> followed_;
  std::optional<rival> rival_;
  std::uint64_t rivals_ = 0;

  std::vector<known_actor> met_;
  std::unordered_set<caf::actor_id> met_ids_;

  std::uint32_t started_ = 0; ///< calls of clients
  std::uint32_t deaths_ = 0;
  std::size_t asked_ = 0;
  std::size_t answered_ = 0;
  ec::log_position acknowledged_{}; ///< the highest position that anybody was told
  std::chrono::nanoseconds lag_{};  ///< see `call::lag`
  std::shared_ptr<bool> still_here_ = std::make_shared<bool>(true);
  bool playing_ = false;
  bool stopped_ = false;
  std::uint64_t steps_ = 0;
  std::uint64_t fingerprint_ = 0;
};

} // namespace harness
