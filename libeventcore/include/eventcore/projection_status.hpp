#pragma once

#include "eventcore/event_store.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace eventcore {

enum class projection_state : std::uint8_t {
  starting = 1,    ///< it is not known yet where to begin
  catching_up = 2, ///< there is more in the log
  live = 3,        ///< at the log's head, waiting for more
  backing_off = 4, ///< something failed and will be tried again
  paused = 5,
  stopped = 6,     ///< ended as it should
  failed = 7,      ///< ended by a failure
  standing_by = 8, ///< another program leads
};

/// The name of a state, as written above.
auto to_string(projection_state state) -> std::string_view;

/// Where a projection stands.
struct projection_status {
  std::string_view name{};
  projection_state state = projection_state::starting;
  checkpoint reached{};                 ///< all up to here is done
  log_position saved{};                 ///< a restart goes on after this
  log_head head{};                      ///< of the log, as last seen
  std::uint64_t lag = 0;                ///< how many positions it is behind the log's head
  std::chrono::microseconds lag_time{}; ///< how much older what it reached is than the log's head;
                                        ///< 0 while that is not known
  std::uint64_t applied = 0;            ///< events, since the run began
  std::uint64_t skipped = 0;
  std::uint64_t parked = 0;
  std::uint64_t failures = 0;            ///< of events and of the store, each attempt counted
  double rate = 0;                       ///< events applied per second, lately
  std::optional<log_position> rebuilt{}; ///< how far a rebuild beside the read model came
  std::optional<failure> last_failure{};
};

} // namespace eventcore
