#pragma once

#include "connection.hpp"
#include "rows.hpp"

#include "eventcore/maintenance.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace eventcore::postgres {

// Requests, as `store_maintenance` promises them.

/// Throws `database_error`.
auto list_requests(connection& on, std::string_view after, std::size_t limit)
  -> std::vector<recorded_request>;

/// Throws `database_error` when certainly nothing was written, and `outcome_unknown` when the
/// connection was lost meanwhile. `now` is the time; without it, the server's.
auto forget_requests(connection& on, std::chrono::milliseconds age, std::size_t limit,
                     std::optional<timestamp> now) -> std::uint64_t;

/// The digest in a column. Throws `store_corrupt` when it is none.
auto digest_in(const rows& from, int row, int column) -> command_digest;

} // namespace eventcore::postgres
