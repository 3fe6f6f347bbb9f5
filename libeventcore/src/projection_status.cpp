#include "eventcore/projection_run.hpp"

namespace eventcore {

auto to_string(projection_state state) -> std::string_view {
  switch (state) {
  case projection_state::starting:
    return "starting";
  case projection_state::catching_up:
    return "catching_up";
  case projection_state::live:
    return "live";
  case projection_state::backing_off:
    return "backing_off";
  case projection_state::paused:
    return "paused";
  case projection_state::stopped:
    return "stopped";
  case projection_state::failed:
    return "failed";
  case projection_state::standing_by:
    return "standing_by";
  }
  return "unknown";
}

auto projection_run::status(const moment& now) const -> projection_status {
  const auto state = [&] {
    using enum projection_state;
    if (is_done_)
      return *ending_ ? stopped : failed;
    if (is_paused_)
      return paused;
    if (is_backing_off(now))
      return backing_off;
    if (needs_checkpoint_)
      return starting;
    return must_read_ || reached_.position < head_.position ? catching_up : live;
  }();
  projection_status shown{.name = type_.name,
                          .state = state,
                          .reached = checkpoint_at(reached_),
                          .saved = saved_.position,
                          .head = head_,
                          .applied = applied_,
                          .skipped = skipped_,
                          .parked = parked_,
                          .failures = failures_,
                          .last_failure = last_failure_};
  if (head_.position > reached_.position) {
    shown.lag = head_.position.value - reached_.position.value;
    if (reached_.recorded_at != timestamp{})
      shown.lag_time = head_.recorded_at - reached_.recorded_at;
  }
  const std::chrono::duration<double> passed = now.steady - lately_since_;
  if (rate_ && passed.count() < 2)
    shown.rate = *rate_;
  else if (passed.count() > 0)
    shown.rate = static_cast<double>(lately_) / passed.count();
  return shown;
}

} // namespace eventcore
