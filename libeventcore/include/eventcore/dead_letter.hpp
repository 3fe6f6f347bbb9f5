#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/recorded_event.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace eventcore {

/// An event that a projection could not take. Its texts are valid while it is handed over.
struct dead_letter {
  std::string_view projection{};
  recorded_event event{};
  failure why;
  std::uint32_t attempts = 1; ///< how often it was tried
};

/// A dead letter as a store keeps it. The event itself is in the log.
struct parked_event {
  std::string projection{};
  log_position position{};
  std::string stream{};
  std::string type{};
  errc code = errc::handler_failed; ///< why it could not be taken
  std::string detail{};
  std::uint32_t attempts = 1;
  timestamp parked_at{};
  bool retry = false; ///< it is to be tried again

  friend auto operator==(const parked_event&, const parked_event&) -> bool = default;
};

/// Which dead letters are wanted, in the order of projection and position.
struct dead_letter_query {
  std::string_view projection{}; ///< empty: of all projections
  log_position after{};          ///< with a projection: those of later positions
  bool to_retry = false;         ///< only those that are to be tried again
  std::size_t limit = 1000;
};

} // namespace eventcore
