#pragma once

#include "connection.hpp"

#include "eventcore/detail/restored_part.hpp"

#include <string>

namespace eventcore::postgres {

/// Adds a part of another log in one transaction, and says where the log then stands. Throws
/// `database_error` when certainly nothing was written, and `outcome_unknown` when that is not
/// known. Commits are told on the channel `channel`.
auto restore(connection& on, const std::string& channel, const restore_batch& part,
             const detail::restored_part& streams) -> result<log_head>;

/// What the store is being restored from; empty when it is not. Throws `database_error`.
auto restoring(connection& on) -> std::string;

} // namespace eventcore::postgres
