#pragma once

#include "eventcore/applier.hpp"
#include "eventcore/projection_options.hpp"
#include "eventcore/projection_status.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <string_view>

namespace eventcore {

namespace actors {
class hosted_projection;
}

/// A projection that a runtime runs. A handle, to be copied at will; all members may be called from
/// any thread, also when the projection or its runtime has ended. It does not end with its handles.
class running_projection {
public:
  explicit running_projection(std::shared_ptr<actors::hosted_projection> hosted);

  auto name() const -> std::string_view;

  // -- requests: followed before the next batch; those that come too late are ignored -----------

  void pause() const;
  void resume() const;

  /// Ends the run after what is under way; its lease is given back.
  void stop() const;

  /// See `projection_run::reset`.
  void reset(log_position to) const;

  /// Begins at the start of the log: beside the read model that serves, where that can be done, or
  /// by emptying it first. Fails with `invalid_argument` when it can be done neither way, with
  /// `shutting_down` when the run has ended. Waits for what is under way, so not to be called by a
  /// scheduled actor; by the projection's own code it is refused.
  auto rebuild() const -> result<>;

  /// Looks at once for dead letters that are to be tried again.
  void retry_dead_letters() const;

  // -- where it stands --------------------------------------------------------

  /// As of its last step. The name is valid as long as a handle is.
  auto status() const -> projection_status;

  /// Waits until it has passed `position`. Fails with `timed_out`, which says where it is, or with
  /// what ended the run. Blocks, so not for scheduled actors.
  [[nodiscard]] auto wait_until(log_position position, std::chrono::milliseconds patience) const
    -> result<>;

  /// Where it stood when its run ended, or the failure that ended it.
  auto outcome() const -> std::shared_future<result<projection_status>>;

private:
  std::shared_ptr<actors::hosted_projection> hosted_;
};

} // namespace eventcore
