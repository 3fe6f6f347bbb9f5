#pragma once

#include "eventcore/position.hpp"
#include "eventcore/request.hpp"

#include <optional>
#include <string>

namespace eventcore {

/// What `handle` may know beside its streams. Fixed when the execution begins: the same on every
/// attempt.
struct context {
  timestamp now{};
  std::string actor{};          ///< who asked; empty: not said
  correlation_id correlation{}; ///< nil: none
  std::optional<request_id> request{};
};

} // namespace eventcore
