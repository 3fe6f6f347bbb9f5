#pragma once

#include "connection.hpp"

#include "eventcore/maintenance.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eventcore::sqlite {

/// Requests, as `store_maintenance` promises them. Forgetting is called inside a write transaction
/// on `on`. Throw `database_error`.

auto list_requests(connection& on, std::string_view after, std::size_t limit)
  -> std::vector<recorded_request>;

/// The ids of requests that were recorded before `time`, at most `limit`.
auto find_requests_before(connection& on, timestamp time, std::size_t limit)
  -> std::vector<std::string>;

/// Forgets those of `ids` that were recorded before `time`; gives how many.
auto forget_requests_before(connection& on, std::span<const std::string> ids, timestamp time)
  -> std::uint64_t;

} // namespace eventcore::sqlite
