#pragma once

#include "connection.hpp"
#include "findings.hpp"

namespace eventcore::sqlite {

/// Goes through the events in the order of their positions: positions, times, commits, the form of
/// each, the archives that they refer to, and the log head.
void check_log(connection& on, findings& found);

/// Goes through the streams beside the versions of their events.
void check_streams(connection& on, findings& found);

/// Compares what requests name with the log.
void check_requests(connection& on, findings& found);

} // namespace eventcore::sqlite
