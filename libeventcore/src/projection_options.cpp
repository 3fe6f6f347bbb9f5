#include "eventcore/projection_options.hpp"

namespace eventcore {

auto projection_options::validate() const -> result<> {
  for (const auto* policy : {&retry, &store})
    if (auto valid = policy->validate(); !valid)
      return valid;
  if (save_events == 0 || save_interval.count() < 0)
    return fail(errc::invalid_argument, "a checkpoint is saved after at least one event, and its "
                                        "interval is not negative");
  if (takeover.count() < 0)
    return fail(errc::invalid_argument, "the time to take a projection over is not negative; with "
                                        "0 no lease is taken");
  return {};
}

} // namespace eventcore
