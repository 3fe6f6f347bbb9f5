#include "eventcore/projection_options.hpp"

namespace eventcore {

auto projection_options::validate() const -> result<> {
  for (const auto* policy : {&retry, &store})
    if (auto valid = policy->validate(); !valid)
      return valid;
  if (save_events == 0 || save_interval.count() < 0)
    return fail(errc::invalid_argument, "a checkpoint is saved after at least one event, and its "
                                        "interval is not negative");
  if ((failing == give_up::park || unreadable == give_up::park) && !park)
    return fail(errc::invalid_argument, "events are to be parked, but nothing takes them: set "
                                        "projection_options::park");
  return {};
}

} // namespace eventcore
