#pragma once

#include "eventcore/event_store.hpp"
#include "eventcore/execution.hpp"

#include <chrono>
#include <functional>

namespace eventcore {

class snapshots;

/// What `execute` takes from outside. Tests put in their own.
struct environment {
  id_source* ids = &random_ids();
  std::function<moment()> now;    ///< the clocks; the system's when empty
  std::function<double()> random; ///< uniform in [0, 1); the system's when empty
  std::function<void(std::chrono::microseconds)>
    sleep{}; ///< waits between attempts; really sleeps when empty
  eventcore::snapshots* snapshots =
    nullptr; ///< takes snapshots of long streams; null: nobody does,
             ///< those that are there are used all the same
};

/// Executes a command on `store` and waits for its outcome: reads its streams, decides, writes all
/// events or none, and does that again under the retry policy when another writer was faster. Any
/// thread, any number at once.
///
/// A failure means that nothing was written, except `outcome_unknown`: then repeat the command
/// under the same request id. `rule_violated` was decided on one consistent view of all the
/// command's streams.
[[nodiscard]] auto execute(event_store& store, const any_command& command,
                           const execute_options& options = {}, const environment& around = {})
  -> result<executed>;

} // namespace eventcore
