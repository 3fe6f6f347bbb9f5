#pragma once

#include "trip.hpp"

#include "eventcore/queries.hpp"

#include <optional>
#include <string>

namespace eventcore::postgres {

/// The columns that both kinds of reading give, in the order in which a page takes them.
inline constexpr auto event_columns =
  "e.position, e.version, e.commit_id, e.event_id, e.type, e.type_version, e.recorded_at, "
  "e.payload, e.payload_bytes, e.metadata";

/// A filter of the log in SQL. It must live as long as it is asked for, and the filter as well.
class log_query {
public:
  log_query(const event_filter& filter, direction way);

  /// False when no event fits.
  auto can_fit() const -> bool { return can_fit_; }

  /// Events in the order of their positions, filtered by the database before the limit; each with
  /// its stream's id, which is NULL when the stream's row is missing.
  auto sql() const -> const statement& { return *sql_; }

  /// For `after < position < before` and the limit.
  auto with(std::uint64_t after, std::uint64_t before, std::int64_t limit) -> parameters;

private:
  const event_filter& filter_;
  const statement* sql_ = nullptr;
  bool can_fit_ = true;
  std::string regex_;
  array kinds_{element::text};
  array type_names_{element::text};
  array types_{element::text};
};

} // namespace eventcore::postgres
