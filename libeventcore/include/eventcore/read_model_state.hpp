#pragma once

#include "eventcore/checkpoint.hpp"

#include <string>

namespace eventcore {

/// What a read model in memory held at a checkpoint, so that only the events after it need be
/// applied after a restart. Always safe to lose.
struct read_model_state {
  std::string name{}; ///< of the projection
  std::string fold{}; ///< names what made it; another one makes it useless
  checkpoint at{};
  std::string payload{}; ///< in an encoding that its writer knows

  friend auto operator==(const read_model_state&, const read_model_state&) -> bool = default;
};

} // namespace eventcore
