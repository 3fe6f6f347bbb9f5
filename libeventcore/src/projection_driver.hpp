#pragma once

#include "page_ahead.hpp"

#include "eventcore/applier.hpp"
#include "eventcore/execute.hpp"
#include "eventcore/projection_host.hpp"
#include "eventcore/projection_run.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

namespace eventcore {

/// Does what one `projection_run` asks for, one action a step, and never waits.
class projection_driver {
public:
  /// `store` and `around` outlive the driver.
  projection_driver(event_store& store, std::shared_ptr<applier> into,
                    const projection_options& options, const environment& around);

  /// `under`: the lease that is held by now.
  auto step(const std::optional<lease_claim>& under) -> projection_host::next;

  /// Tries a dead letter again: it is forgotten, or laid aside again with what went wrong now. One
  /// whose event came in the order of the log since it was laid aside is only forgotten, and one
  /// whose event is still to come waits for it.
  auto retry(const parked_event& letter, const std::optional<lease_claim>& under) -> result<>;

  auto requests() -> projection_run& { return run_; }
  auto status() const -> projection_status { return run_.status(now()); }
  auto is_placed() const -> bool { return next_ && run_.is_placed(); }

private:
  using action = projection_run::action;

  auto now() const -> moment;
  auto steady_now() const -> std::chrono::steady_clock::time_point;
  auto came_in_turn(log_position event) const -> bool;
  auto move(const checkpoint& from, const checkpoint& to) const -> checkpoint_move;

  auto perform(const projection_run::load&) -> action;
  auto perform(const projection_run::find& find) -> action;
  auto perform(const projection_run::clear& clear) -> action;
  auto perform(const projection_run::read& read) -> action;
  auto forget_letters() -> result<>;
  void begin_after(log_position position);
  auto take_batch(const batch_query& query) -> result<log_batch>;
  void read_ahead(batch_query query, const log_batch& before);
  auto perform(const projection_run::apply& apply) -> action;
  auto perform(const projection_run::save& save) -> action;
  auto perform(const projection_run::park& park) -> action;
  auto perform(const projection_run::wait&) -> action;
  auto perform(const projection_run::await& await) -> action;
  auto perform(const projection_run::paused&) -> action;
  auto perform(const projection_run::done& done) -> action;

  event_store& store_;
  const std::shared_ptr<applier> into_;
  const projection_options options_;
  const environment& around_;
  std::optional<lease_claim> under_;
  projection_run run_;
  std::optional<action> next_; // none before the first step
  std::chrono::steady_clock::time_point woken_at_{};

  log_position began_;                // what came before is not of this run
  bool loaded_ = false;               // what the applier kept
  std::set<log_position> laid_aside_; // after `began_`, by this run

  page_ahead ahead_;
  std::shared_ptr<prepared_events> prepared_; // of the page that was read last
};

} // namespace eventcore
