#pragma once

#include "eventcore/execute.hpp"
#include "eventcore/projection_run.hpp"

#include <stop_token>

namespace eventcore {

/// Runs a projection on the calling thread: to the log's head, or until `stop` is requested. Gives
/// where it stands then, or the failure that ended it.
///
/// The checkpoint is saved in the store after the effects: after a crash the events since the last
/// save come again (at least once). The run alone may move the checkpoint of its name: of two at a
/// time both apply all events, and one of them ends when it would move it back.
///
/// A request to stop is seen between calls of the store, within 50 ms while it waits at the head.
[[nodiscard]] auto run(event_store& store, const any_projection& projection,
                       const projection_options& options = {}, const std::stop_token& stop = {},
                       const environment& around = {}) -> result<projection_status>;

} // namespace eventcore
