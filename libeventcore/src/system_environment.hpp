#pragma once

#include "eventcore/execution.hpp"

namespace eventcore {

/// The system's clocks, now.
auto system_moment() -> moment;

/// A number from the system's random source, uniform in [0, 1).
auto system_random() -> double;

} // namespace eventcore
