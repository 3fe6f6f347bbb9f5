#pragma once

#include "connection.hpp"

#include "eventcore/maintenance.hpp"

#include <string>
#include <vector>

namespace eventcore::sqlite {

/// The SQL of `list_streams`: ?1 is the limit, then come the texts of `conditions_of`.
auto stream_list_sql(const stream_query& wanted) -> std::string;

/// Streams and their counts, as `store_maintenance` promises them. Throw `database_error`.
auto list_streams(connection& on, const stream_query& wanted) -> std::vector<stream_entry>;
auto count_all(connection& on) -> store_statistics;

} // namespace eventcore::sqlite
