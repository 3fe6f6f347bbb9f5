#pragma once

#include "trip.hpp"

#include "eventcore/event_store.hpp"

#include <string>
#include <string_view>

namespace eventcore::postgres {

// -- transactions -------------------------------------------------------------

/// A role's defaults are somebody else's: each transaction says what it is.
extern const statement begin_writing;
extern const statement begin_reading; ///< one snapshot for all that follows
extern const statement commit;
extern const statement roll_back;

/// The answer to `commit`. A transaction that had failed before is rolled back by it, without an
/// error: the tag tells.
auto is_committed(const rows& answer) -> bool;

// -- what several parts ask -----------------------------------------------------

extern const statement find_log_head;

/// The one row that `find_log_head` gives.
auto log_head_in(const rows& answer) -> log_head;
auto read_log_head(connection& on) -> log_head;

/// Locks the log head, so that nobody else writes events until the transaction ends. Gives the
/// columns of `find_log_head`, the last stream's key, the server's time and what is being restored.
extern const statement lock_log_head;

/// The streams among $1 that exist: index in $1 from 1, key, version, commit.
extern const statement find_streams;

} // namespace eventcore::postgres
