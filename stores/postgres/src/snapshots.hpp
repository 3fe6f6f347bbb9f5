#pragma once

#include "connection.hpp"

#include "eventcore/event_store.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace eventcore::postgres {

// Snapshots, as `event_store` and `store_maintenance` promise them, of valid queries. What writes
// throws `database_error` when certainly nothing was written, and `outcome_unknown` when the
// connection was lost meanwhile.

auto save_snapshot(connection& on, const snapshot& state) -> result<bool>;
auto load_snapshot(connection& on, const stream_id& stream, std::string_view view)
  -> std::optional<snapshot>;
auto list_snapshots(connection& on, const stream_query& query) -> std::vector<snapshot_entry>;
auto drop_snapshots(connection& on, const stream_query& query) -> std::uint64_t;

} // namespace eventcore::postgres
