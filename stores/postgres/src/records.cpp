#include "records.hpp"

#include "record_trip.hpp"

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// Moves the row only where the log holds the commit and the position is not behind: R17's
// compare-and-set. Says whether the log holds it, whether the row was moved, and where it was.
const statement move_checkpoint{
  "move_checkpoint",
  "WITH log AS (SELECT CASE WHEN $2::int8 = 0 THEN $3::uuid = "
  "'00000000-0000-0000-0000-000000000000' ELSE EXISTS (SELECT FROM events WHERE position = "
  "$2::int8 AND commit_id = $3::uuid) END AS holds), moved AS (INSERT INTO checkpoints AS c (name, "
  "position, commit_id) SELECT $1::text, $2::int8, $3::uuid FROM log WHERE holds ON CONFLICT "
  "(name) "
  "DO UPDATE SET position = excluded.position, commit_id = excluded.commit_id WHERE c.position <= "
  "excluded.position RETURNING c.name) SELECT log.holds, EXISTS (SELECT FROM moved), (SELECT "
  "position FROM checkpoints WHERE name = $1::text) FROM log"};

const statement forget_checkpoint{"forget_checkpoint",
                                  "DELETE FROM checkpoints WHERE name = $1::text"};

// Nothing is kept of a log that does not hold the commit.
const statement keep_read_model{
  "keep_read_model",
  "INSERT INTO read_models AS m (name, fold, position, commit_id, payload) SELECT $1::text, "
  "$2::text, $3::int8, $4::uuid, $5::bytea WHERE CASE WHEN $3::int8 = 0 THEN $4::uuid = "
  "'00000000-0000-0000-0000-000000000000' ELSE EXISTS (SELECT FROM events WHERE position = "
  "$3::int8 "
  "AND commit_id = $4::uuid) END ON CONFLICT (name) DO UPDATE SET fold = excluded.fold, position = "
  "excluded.position, commit_id = excluded.commit_id, payload = excluded.payload WHERE m.position "
  "<= excluded.position RETURNING m.position"};

} // namespace

auto rewound(std::string_view name, const checkpoint& at) -> failure {
  return {errc::log_rewound,
          fmt::format("checkpoint '{}' stands at position {}, but the log does not hold commit {} "
                      "there: it was replaced by another or an older one; rebuild what was read",
                      name, at.position.value, at.commit.text())};
}

auto save_checkpoint(connection& on, std::string_view name, const checkpoint& reached) -> result<> {
  const auto answer =
    run_alone(on, move_checkpoint,
              parameters{}.text(name).position(reached.position.value).id(reached.commit.bytes));
  if (!answer.truth(0, 0))
    return std::unexpected{rewound(name, reached)};
  if (!answer.truth(0, 1))
    return fail(errc::invalid_argument,
                fmt::format("checkpoint '{}' stands at position {} and never moves back, {} was "
                            "asked for; reset it to read again from the start",
                            name, answer.is_null(0, 2) ? 0 : answer.number(0, 2),
                            reached.position.value));
  return {};
}

auto reset_checkpoint(connection& on, std::string_view name) -> result<> {
  run_alone(on, forget_checkpoint, parameters{}.text(name));
  return {};
}

auto save_read_model(connection& on, const read_model_state& state) -> result<bool> {
  const auto kept = run_alone(on, keep_read_model,
                              parameters{}
                                .text(state.name)
                                .text(state.fold)
                                .position(state.at.position.value)
                                .id(state.at.commit.bytes)
                                .bytes(state.payload));
  return !kept.is_empty();
}

} // namespace eventcore::postgres
