#include "dead_letters.hpp"

#include "query.hpp"

#include "eventcore/detail/errc_name.hpp"

#include <string>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

auto letter_in(const query::rows& row) -> parked_event {
  return {.projection = std::string{row.bytes(0)},
          .position = {static_cast<std::uint64_t>(row.number(1))},
          .stream = std::string{row.bytes(2)},
          .type = std::string{row.bytes(3)},
          // A code of a later program says at least that the event could not be taken.
          .code = detail::errc_of(row.bytes(4)).value_or(errc::handler_failed),
          .detail = std::string{row.bytes(5)},
          .attempts = static_cast<std::uint32_t>(row.number(6)),
          .parked_at = timestamp{std::chrono::microseconds{row.number(7)}},
          .retry = row.number(8) != 0};
}

auto changes_one(connection& on, const char* sql, std::string_view projection, log_position at)
  -> bool {
  query change{on, sql};
  auto rows = change.run(projection, to_sql(at.value));
  static_cast<void>(rows.next());
  return on.changes() == 1;
}

} // namespace

void park(connection& on, const dead_letter& letter, timestamp now) {
  query insert{on,
               "INSERT OR REPLACE INTO dead_letters (projection, position, stream, type, code, "
               "detail, attempts, parked_at, retry) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)"};
  const auto code = to_string(letter.why.code);
  auto rows =
    insert.run(letter.projection, to_sql(letter.event.position.value), letter.event.stream,
               letter.event.type, code, std::string_view{letter.why.detail},
               std::int64_t{letter.attempts}, std::int64_t{now.time_since_epoch().count()});
  static_cast<void>(rows.next());
}

auto list_dead_letters(connection& on, const dead_letter_query& wanted)
  -> std::vector<parked_event> {
  std::vector<parked_event> found;
  query letters{on,
                fmt::format("SELECT projection, position, stream, type, code, detail, attempts, "
                            "parked_at, retry FROM dead_letters WHERE {}{} ORDER BY projection, "
                            "position LIMIT ?3",
                            wanted.projection.empty() ? "?1 = '' AND ?2 >= 0"
                                                      : "projection = ?1 AND position > ?2",
                            wanted.to_retry ? " AND retry = 1" : "")};
  auto rows = letters.run(wanted.projection, to_sql(wanted.after.value), to_sql(wanted.limit));
  while (rows.next())
    found.push_back(letter_in(rows));
  return found;
}

auto retry_dead_letter(connection& on, std::string_view projection, log_position at) -> bool {
  return changes_one(on,
                     "UPDATE dead_letters SET retry = 1 WHERE projection = ?1 AND position = ?2",
                     projection, at);
}

auto drop_dead_letter(connection& on, std::string_view projection, log_position at) -> bool {
  return changes_one(on, "DELETE FROM dead_letters WHERE projection = ?1 AND position = ?2",
                     projection, at);
}

} // namespace eventcore::sqlite
