#pragma once

#include "connection.hpp"

#include "eventcore/maintenance.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace eventcore::sqlite {

/// A row of `snapshots`.
struct snapshot_key {
  std::int64_t stream = 0; // streams.key
  std::string view{};
};

/// Snapshots, as `store_maintenance` promises them. Dropping is called inside a write transaction on
/// `on`. Throw `database_error`.

auto list_snapshots(connection& on, const stream_query& wanted) -> std::vector<snapshot_entry>;
auto find_snapshots(connection& on, const stream_query& wanted) -> std::vector<snapshot_key>;
auto drop_snapshots(connection& on, std::span<const snapshot_key> which) -> std::uint64_t;

} // namespace eventcore::sqlite
