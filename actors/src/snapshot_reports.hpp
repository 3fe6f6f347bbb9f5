#pragma once

#include "eventcore/actors/observer.hpp"
#include "eventcore/snapshots.hpp"

#include <memory>
#include <spdlog/fwd.h>

namespace eventcore::actors {

/// Logs and counts what becomes of snapshots. All are counted; of each kind of trouble a line is
/// written at most every 10 s.
auto report_snapshots(const std::shared_ptr<spdlog::logger>& log,
                      const std::shared_ptr<observer>& watching) -> snapshot_hooks;

} // namespace eventcore::actors
