#pragma once

#include "connection.hpp"

#include "eventcore/detail/restored_part.hpp"

namespace eventcore::sqlite {

/// Writes a part of another log that `streams` was made of, as `store_maintenance` promises it; gives
/// where the log stands then. Called inside a write transaction on `on`. Throws.
auto restore(connection& on, const restore_batch& part, const detail::restored_part& streams)
  -> result<log_head>;

} // namespace eventcore::sqlite
