#pragma once

#include "eventcore/queries.hpp"

#include <string>
#include <vector>

namespace eventcore::sqlite {

/// The columns that both kinds of reading give, in the order in which a page takes them.
inline constexpr auto event_columns =
  "e.position, e.version, e.commit_id, e.event_id, e.type, e.type_version, e.encoding, "
  "e.recorded_at, e.payload, e.metadata";

/// A query of the log as SQL: ?1 after, ?2 before, ?3 limit, then `texts` as ?4, ?5, ...
struct log_sql {
  std::string text;
  std::vector<std::string> texts;
};

/// Events in the order of their positions, filtered by the database before the limit; each with its
/// stream's id, which is NULL when the stream's row is missing.
auto log_query(const event_filter& filter, direction way) -> log_sql;

} // namespace eventcore::sqlite
