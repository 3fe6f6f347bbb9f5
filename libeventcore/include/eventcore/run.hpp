#pragma once

#include "eventcore/applier.hpp"
#include "eventcore/execute.hpp"

#include <memory>
#include <stop_token>

namespace eventcore {

/// Runs a projection on the calling thread: to the log's head, or until `stop` is requested. Gives
/// where it stands then, or the failure that ended it.
///
/// The checkpoint is saved in the store after the effects: after a crash the events since the last
/// save come again (at least once). Of the programs that run a projection of one name one leads and
/// the others stand by; a run to the head that stands by ends when the leader has come so far.
///
/// A request to stop is seen between calls of the store, within 50 ms while it waits at the head.
[[nodiscard]] auto run(event_store& store, const any_projection& projection,
                       const projection_options& options = {}, const std::stop_token& stop = {},
                       const environment& around = {}) -> result<projection_status>;

/// The same for whatever puts events into a read model, such as a projection in SQL, whose
/// checkpoint moves with the effects (exactly once).
[[nodiscard]] auto run(event_store& store, std::shared_ptr<applier> into,
                       const projection_options& options = {}, const std::stop_token& stop = {},
                       const environment& around = {}) -> result<projection_status>;

} // namespace eventcore
