#pragma once

#include "connection.hpp"

#include "eventcore/maintenance.hpp"

#include <vector>

namespace eventcore::postgres {

/// `store_maintenance::list_streams` of a valid query. Throws `database_error`.
auto list_streams(connection& on, const stream_query& query) -> std::vector<stream_entry>;

/// `store_maintenance::statistics`, in one snapshot. Throws `database_error`.
auto statistics(connection& on) -> store_statistics;

} // namespace eventcore::postgres
