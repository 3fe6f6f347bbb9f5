#pragma once

#include "trip.hpp"

#include "eventcore/failure.hpp"
#include "eventcore/position.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace eventcore::postgres {

/// Fails with `invalid_argument` for JSON that the database would take and could never give back: it
/// writes numbers with all their digits, and no text beyond 1 GiB.
auto check_can_be_read(std::string_view json) -> result<>;

/// Rows of events that are to be inserted, column by column. Whoever adds one adds its payload, and
/// counts it.
struct event_rows {
  explicit event_rows(element payload_type) : payload{payload_type} {}

  struct row {
    log_position position{};
    std::int64_t stream = 0;
    stream_version version{};
    std::uint32_t type_version = 1;
    const commit_id& commit;
    const event_id& id;
    std::string_view type{};
    std::string_view metadata{}; ///< empty: there is none
  };

  void add(const row& added);

  /// The values for $1 to $9 of SQL that `insert_events_sql` made.
  auto values() -> parameters;

  void clear();

  array position{element::number};
  array stream{element::number};
  array version{element::number};
  array type_version{element::number};
  array commit{element::id};
  array id{element::id};
  array type{element::text};
  array payload;
  array metadata{element::json};
  std::size_t bytes = 0; ///< of payloads and metadata, as far as they were counted
};

/// Inserts events with payloads in `column`, of the element type `type`, and times as `time` says.
/// Events come by encoding, so that neither sends and spreads a column of NULLs. Arrays of one
/// length that are unnested in a SELECT list are spread row by row, without the table that FROM
/// makes of them first.
auto insert_events_sql(std::string_view column, std::string_view type, std::string_view time)
  -> std::string;

/// Rows of streams that are to be inserted or updated, column by column.
struct stream_rows {
  void add(std::int64_t stream, const stream_head& head);
  void clear();

  array key{element::number};
  array version{element::number};
  array commit{element::id};
  array id{element::text};   ///< of new ones
  array kind{element::text}; ///< of new ones
};

void add_new_streams(trip& to, stream_rows& rows);
void add_old_streams(trip& to, stream_rows& rows);

/// The bytes of rows in one statement, about.
inline constexpr std::size_t most_row_bytes = 8 * 1024 * 1024;

} // namespace eventcore::postgres
