#include "dead_letters.hpp"

#include "record_trip.hpp"

#include "eventcore/detail/errc_name.hpp"
#include "eventcore/detail/printable.hpp"
#include "eventcore/detail/utf8.hpp"

#include <string>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

const statement keep_dead_letter{
  "keep_dead_letter",
  "INSERT INTO dead_letters AS d (projection, position, stream, type, code, detail, attempts, "
  "parked_at, retry) VALUES ($1::text, $2::int8, $3::text, $4::text, $5::text, $6::text, $7::int8, "
  "coalesce($8::timestamptz, clock_timestamp()), false) ON CONFLICT (projection, position) DO "
  "UPDATE SET stream = excluded.stream, type = excluded.type, code = excluded.code, detail = "
  "excluded.detail, attempts = excluded.attempts, parked_at = excluded.parked_at, retry = false"};

auto list_sql(std::string_view condition) -> std::string {
  return fmt::format(
    "SELECT projection, position, stream, type, code, detail, attempts, parked_at, "
    "retry FROM dead_letters WHERE {} AND (retry OR NOT $1::bool) ORDER BY "
    "projection, position LIMIT $2::int8",
    condition);
}

const statement list_all_letters{"list_all_letters", list_sql("true")};
const statement list_letters_of{"list_letters_of",
                                list_sql("projection = $3::text AND position > $4::int8")};

const statement mark_dead_letter{
  "mark_dead_letter", "UPDATE dead_letters SET retry = true WHERE projection = $1::text AND "
                      "position = $2::int8 RETURNING position"};

const statement forget_dead_letter{"forget_dead_letter",
                                   "DELETE FROM dead_letters WHERE projection = $1::text AND "
                                   "position = $2::int8 RETURNING position"};

// What a failure says may come from anywhere. It must not keep its event from being laid aside.
auto storable(std::string_view detail) -> std::string {
  if (detail::is_utf8(detail) && !detail.contains('\0'))
    return std::string{detail};
  return detail::printable(detail, detail.size());
}

auto code_in(std::string_view name) -> errc {
  if (const auto code = detail::errc_of(name))
    return *code;
  raise(errc::store_corrupt,
        fmt::format("a dead letter has the code '{}', which this program never writes; look for "
                    "damage and restore a backup",
                    detail::printable(name)));
}

auto letter_in(const rows& found, int row) -> parked_event {
  return {.projection = std::string{found.bytes(row, 0)},
          .position = {found.unsigned_number(row, 1)},
          .stream = std::string{found.bytes(row, 2)},
          .type = std::string{found.bytes(row, 3)},
          .code = code_in(found.bytes(row, 4)),
          .detail = std::string{found.bytes(row, 5)},
          .attempts = static_cast<std::uint32_t>(found.number(row, 6)),
          .parked_at = found.time(row, 7),
          .retry = found.truth(row, 8)};
}

} // namespace

auto park(connection& on, const dead_letter& letter, std::optional<timestamp> now) -> result<> {
  const auto detail = storable(letter.why.detail);
  parameters values;
  values.text(letter.projection)
    .position(letter.event.position.value)
    .text(letter.event.stream)
    .text(letter.event.type)
    .text(to_string(letter.why.code))
    .text(detail)
    .number(letter.attempts);
  if (now)
    values.time(*now);
  else
    values.null();
  run_alone(on, keep_dead_letter, values);
  return {};
}

auto list_dead_letters(connection& on, const dead_letter_query& query)
  -> result<std::vector<parked_event>> {
  parameters values;
  values.truth(query.to_retry).position(query.limit);
  trip asking{on};
  if (query.projection.empty())
    asking.add(list_all_letters, values);
  else
    asking.add(list_letters_of, values.text(query.projection).position(query.after.value));
  asking.send();
  const auto found = asking.answer();
  std::vector<parked_event> letters;
  letters.reserve(static_cast<std::size_t>(found.count()));
  for (int row = 0; row < found.count(); ++row)
    letters.push_back(letter_in(found, row));
  return letters;
}

auto retry_dead_letter(connection& on, std::string_view projection, log_position at)
  -> result<bool> {
  return !run_alone(on, mark_dead_letter, parameters{}.text(projection).position(at.value))
            .is_empty();
}

auto drop_dead_letter(connection& on, std::string_view projection, log_position at)
  -> result<bool> {
  return !run_alone(on, forget_dead_letter, parameters{}.text(projection).position(at.value))
            .is_empty();
}

} // namespace eventcore::postgres
