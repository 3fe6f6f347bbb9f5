#include "checkpoints.hpp"

#include "heads.hpp"
#include "query.hpp"
#include "records.hpp"

#include <optional>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

auto checkpoint_in(const query::rows& row, int column) -> checkpoint {
  return {{static_cast<std::uint64_t>(row.number(column))}, {uuid_of(row.bytes(column + 1))}};
}

template <class... Values>
auto hits_one(connection& on, const char* sql, const Values&... values) -> bool {
  query change{on, sql};
  auto rows = change.run(values...);
  static_cast<void>(rows.next());
  return on.changes() == 1;
}

auto find(connection& on, std::string_view name) -> std::optional<checkpoint> {
  query kept{on, "SELECT position, commit_id FROM checkpoints WHERE name = ?1 AND position <> 0"};
  auto rows = kept.run(name);
  return rows.next() ? std::optional{checkpoint_in(rows, 0)} : std::nullopt;
}

// One statement that changes exactly one row when the checkpoint stands where the move begins. A row
// at position 0 is as good as none.
auto compare_and_set(connection& on, const checkpoint_move& move) -> bool {
  const auto from = to_sql(move.from.position.value);
  const auto to = to_sql(move.to.position.value);
  const blob_view old_commit{move.from.commit.bytes};
  const blob_view new_commit{move.to.commit.bytes};
  if (from == 0 && to == 0) // no row can be hit; the write lock of the file is held
    return !find(on, move.name);
  if (from == 0)
    return hits_one(on,
                    "INSERT INTO checkpoints (name, position, commit_id) VALUES (?1, ?2, ?3) ON "
                    "CONFLICT (name) DO UPDATE SET position = excluded.position, commit_id = "
                    "excluded.commit_id WHERE checkpoints.position = 0",
                    move.name, to, new_commit);
  if (to == 0)
    return hits_one(on,
                    "DELETE FROM checkpoints WHERE name = ?1 AND position = ?2 AND commit_id = ?3",
                    move.name, from, old_commit);
  return hits_one(on,
                  "UPDATE checkpoints SET position = ?2, commit_id = ?3 WHERE name = ?1 AND "
                  "position = ?4 AND commit_id = ?5",
                  move.name, to, new_commit, from, old_commit);
}

auto place(const std::optional<checkpoint>& at) -> std::string {
  if (!at || at->position.value == 0)
    return "before the first event";
  return fmt::format("at position {} (commit {})", at->position.value, at->commit.text());
}

auto move_one(connection& on, const checkpoint_move& move, timestamp now) -> result<> {
  if (move.under)
    if (auto held = require_lease(on, move.under->name, move.under->token, now); !held)
      return held;
  if (!compare_and_set(on, move))
    return fail(
      errc::version_conflict,
      fmt::format("checkpoint '{}' stands {}, not {} where the move begins: somebody else "
                  "moved it; nothing was written, load it and go on from there",
                  move.name, place(find(on, move.name)), place(move.from)));
  if (!holds(on, move.to))
    return std::unexpected{rewound(move.name, move.to)};
  return {};
}

} // namespace

auto move_checkpoints(connection& on, std::span<const checkpoint_move> moves, timestamp now)
  -> result<> {
  for (const auto& move : moves)
    if (auto moved = move_one(on, move, now); !moved)
      return moved;
  return {};
}

auto list_checkpoints(connection& on) -> std::vector<named_checkpoint> {
  std::vector<named_checkpoint> found;
  query all{on, "SELECT name, position, commit_id FROM checkpoints ORDER BY name"};
  auto rows = all.run();
  while (rows.next())
    found.push_back({std::string{rows.bytes(0)}, checkpoint_in(rows, 1)});
  return found;
}

} // namespace eventcore::sqlite
