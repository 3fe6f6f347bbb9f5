#pragma once

#include "eventcore/applier.hpp"
#include "eventcore/execute.hpp"
#include "eventcore/leadership.hpp"
#include "eventcore/projection_run.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <variant>

namespace eventcore {

/// Hosts one projection on a store: does what its `projection_run` asks for, keeps its lease, tries
/// dead letters again and rebuilds beside the read model that serves. It never waits by itself: its
/// owner calls `step` again and again, from one thread at a time.
///
/// Of the programs that host a projection of one name, whose read model they share, one leads; the
/// others stand by and look often enough to take over within `projection_options::takeover`. A
/// leader that lost its lease stands by again; what it was about to write is refused by the store.
class projection_host {
public:
  /// Call `step` at once.
  struct again {};
  /// Nothing is to be done for so long, or until the log's head is beyond `known`, or until a
  /// request was made. To call `step` earlier does no harm.
  struct rest {
    std::chrono::microseconds at_most{};
    std::optional<log_position> known{};
  };
  /// The run has ended. Do not call `step` any more.
  struct ended {
    result<projection_status> outcome;
  };
  using next = std::variant<again, rest, ended>;

  /// `store` and `around` outlive the host.
  projection_host(event_store& store, std::shared_ptr<applier> into, projection_options options,
                  const environment& around);
  ~projection_host();

  /// One step, such as one call of the store or one batch of events.
  auto step() -> next;

  // -- requests: followed with the next step ----------------------------------

  void pause();
  void resume();

  /// Ends the run after what is under way, and gives its lease back.
  void stop();

  /// See `projection_run::reset`.
  void reset(log_position to);

  /// Begins at the start of the log: beside the read model that serves, where that can be done, or
  /// by emptying it first. Fails with `invalid_argument` when it can be done neither way.
  auto rebuild() -> result<>;

  /// Looks for dead letters that are to be tried again. It does so by itself every few seconds.
  void retry_dead_letters();

  /// A reset or a rebuild that was asked for and did not take place yet, for the host that comes after
  /// this one.
  auto unfinished_reset() const -> std::optional<projection_run::asked_reset>;

  auto status() const -> projection_status;

private:
  class state;
  std::unique_ptr<state> state_;
};

} // namespace eventcore
