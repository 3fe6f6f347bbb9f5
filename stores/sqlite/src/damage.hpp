#pragma once

#include "connection.hpp"

#include <string>
#include <vector>

namespace eventcore::sqlite {

/// One text per problem of the database and the log; at most 100 of a sort. Reads everything: the
/// file and the streams on one thread, the log on another, each within one snapshot of its own. Throws
/// `database_error`.
auto find_damage(const connection_options& of) -> std::vector<std::string>;

} // namespace eventcore::sqlite
