#include "snapshots.hpp"

#include "record_trip.hpp"
#include "stream_range.hpp"
#include "transaction.hpp"

#include <limits>

namespace eventcore::postgres {

namespace {

// It is folded again when it is lost: nobody waits for the disk.
const statement commit_soon{"commit_soon", "SELECT set_config('synchronous_commit', 'off', true)"};

// One that the log does not hold gives way, however late it is.
const statement keep_snapshot{
  "keep_snapshot",
  "INSERT INTO snapshots AS n (stream, view, fold, version, commit_id, payload) SELECT s.key, "
  "$2::text, $3::text, e.version, e.commit_id, $6::bytea FROM streams s JOIN events e ON e.stream "
  "= s.key AND e.version = $4::int8 AND e.commit_id = $5::uuid WHERE s.id = $1::text ON CONFLICT "
  "(stream, view) DO UPDATE SET fold = excluded.fold, version = excluded.version, commit_id = "
  "excluded.commit_id, payload = excluded.payload WHERE n.version <= excluded.version OR NOT "
  "EXISTS "
  "(SELECT FROM events e WHERE e.stream = n.stream AND e.version = n.version AND e.commit_id = "
  "n.commit_id) RETURNING n.version"};

// One whose commit the log does not hold at its version gives no row.
const statement find_snapshot{
  "find_snapshot",
  "SELECT n.fold, n.version, n.commit_id, n.payload FROM streams s JOIN snapshots n ON n.stream = "
  "s.key AND n.view = $2::text JOIN events e ON e.stream = s.key AND e.version = n.version AND "
  "e.commit_id = n.commit_id WHERE s.id = $1::text"};

const stream_statements list_some_snapshots{
  "list_snapshots",
  "SELECT s.id, n.view, n.fold, n.version, n.commit_id, octet_length(n.payload)::int8, EXISTS "
  "(SELECT FROM events e WHERE e.stream = s.key AND e.version = n.version AND e.commit_id = "
  "n.commit_id) FROM (SELECT s.key, s.id FROM streams s WHERE EXISTS (SELECT FROM snapshots n "
  "WHERE "
  "n.stream = s.key) AND ",
  " ORDER BY s.id LIMIT $1::int8) s JOIN snapshots n ON n.stream = s.key ORDER BY s.id, n.view"};

const stream_statements drop_some_snapshots{
  "drop_snapshots", "DELETE FROM snapshots WHERE stream IN (SELECT s.key FROM streams s WHERE ",
  " LIMIT $1::int8)"};

} // namespace

auto save_snapshot(connection& on, const snapshot& state) -> result<bool> {
  record_trip sending{on};
  sending.add(commit_soon, {});
  sending.add(keep_snapshot, parameters{}
                               .text(state.stream.text())
                               .text(state.view)
                               .text(state.fold)
                               .position(state.head.version.value)
                               .id(state.head.commit.bytes)
                               .bytes(state.payload));
  return !sending.commit().is_empty();
}

auto load_snapshot(connection& on, const stream_id& stream, std::string_view view)
  -> std::optional<snapshot> {
  trip asking{on};
  asking.add(find_snapshot, parameters{}.text(stream.text()).text(view));
  asking.send();
  const auto found = asking.answer();
  if (found.is_empty())
    return std::nullopt;
  return snapshot{.stream = stream,
                  .view = std::string{view},
                  .fold = std::string{found.bytes(0, 0)},
                  .head = {{found.unsigned_number(0, 1)}, {found.id(0, 2)}},
                  .payload = std::string{found.bytes(0, 3)}};
}

auto list_snapshots(connection& on, const stream_query& query) -> std::vector<snapshot_entry> {
  stream_range range{query};
  if (!range.can_fit())
    return {};
  trip asking{on};
  asking.add(list_some_snapshots.of(range), range.with(query.limit));
  asking.send();
  const auto found = asking.answer();
  std::vector<snapshot_entry> all;
  all.reserve(static_cast<std::size_t>(found.count()));
  for (int row = 0; row < found.count(); ++row)
    all.push_back({.stream = std::string{found.bytes(row, 0)},
                   .view = std::string{found.bytes(row, 1)},
                   .fold = std::string{found.bytes(row, 2)},
                   .head = {{found.unsigned_number(row, 3)}, {found.id(row, 4)}},
                   .bytes = found.unsigned_number(row, 5),
                   .in_log = found.truth(row, 6)});
  return all;
}

auto drop_snapshots(connection& on, const stream_query& query) -> std::uint64_t {
  stream_range range{query};
  if (!range.can_fit())
    return 0;
  transaction dropping{on};
  dropping.allow_scans();
  const auto dropped = dropping.ask(drop_some_snapshots.of(range),
                                    range.with(std::numeric_limits<std::size_t>::max()));
  dropping.commit();
  return dropped.changed();
}

} // namespace eventcore::postgres
