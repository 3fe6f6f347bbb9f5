#pragma once

#include "connector.hpp"

#include "eventcore/checkpoint.hpp"

#include <optional>
#include <span>

namespace eventcore::postgres {

/// Tries `event_store::transact` once, in two round trips and those of `work`. `now` is the time for
/// leases; without it, the server's. Throws `database_error` when certainly nothing was written: of
/// class 40 when the whole may be tried again at once; `store_error` with `outcome_unknown` when it is
/// not known.
auto transact(connection& on, const connector& from, std::span<const checkpoint_move> moves,
              std::optional<timestamp> now, const transaction_work& work) -> result<>;

/// `event_store::inspect`.
auto inspect(connection& on, const connector& from, const transaction_work& work) -> result<>;

} // namespace eventcore::postgres
