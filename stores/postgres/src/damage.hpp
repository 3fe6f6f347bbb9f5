#pragma once

#include "connection.hpp"

#include <string>
#include <vector>

namespace eventcore::postgres {

/// One text per problem of the log, within one snapshot; at most 100 of a sort. Reads everything.
/// Throws `database_error`.
auto find_damage(connection& on) -> std::vector<std::string>;

} // namespace eventcore::postgres
