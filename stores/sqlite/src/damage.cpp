#include "damage.hpp"

#include "query.hpp"
#include "transaction.hpp"

#include "eventcore/stream_id.hpp"

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

/// Each row is one problem: its first columns as texts fill the gaps of the message.
struct check {
  const char* message;
  const char* sql;
};

constexpr check checks[] = {
  {"the log head names position {} and commit {}, the last event is at {} with commit {}",
   "SELECT h.position, lower(hex(h.commit_id)), coalesce(e.position, 0), "
   "coalesce(lower(hex(e.commit_id)), 'none') FROM log_head h LEFT JOIN (SELECT position, "
   "commit_id FROM events ORDER BY position DESC LIMIT 1) e ON true WHERE h.position IS NOT "
   "coalesce(e.position, 0) OR h.commit_id IS NOT coalesce(e.commit_id, zeroblob(16))"},
  {"there is no event between positions {} and {}",
   "SELECT before, position FROM (SELECT position, lag(position, 1, 0) OVER (ORDER BY position) AS "
   "before FROM events) WHERE position <> before + 1"},
  {"the event at position {} was recorded earlier than the one before it",
   "SELECT position FROM (SELECT position, recorded_at, lag(recorded_at, 1, recorded_at) OVER "
   "(ORDER BY position) AS before FROM events) WHERE recorded_at < before"},
  {"stream {} has no event between its versions {} and {} (position {})",
   "SELECT coalesce((SELECT id FROM streams WHERE key = stream), '(key ' || stream || ')'), "
   "before, "
   "version, position FROM (SELECT stream, version, position, lag(version, 1, 0) OVER (PARTITION "
   "BY "
   "stream ORDER BY version) AS before FROM events) WHERE version <> before + 1"},
  {"version {} of stream {} is at position {}, behind the next version at {}",
   "SELECT version - 1, coalesce((SELECT id FROM streams WHERE key = stream), '(key ' || stream || "
   "')'), before, position FROM (SELECT stream, version, position, lag(position, 1, 0) OVER "
   "(PARTITION BY stream ORDER BY version) AS before FROM events) WHERE position <= before"},
  {"stream {} says version {} and commit {}, its last event has version {} and commit {}",
   "SELECT s.id, s.version, lower(hex(s.commit_id)), coalesce(e.version, 0), "
   "coalesce(lower(hex(e.commit_id)), 'none') FROM streams s LEFT JOIN events e ON e.stream = "
   "s.key "
   "AND e.version = (SELECT max(version) FROM events WHERE stream = s.key) WHERE e.version IS NOT "
   "s.version OR e.commit_id IS NOT s.commit_id"},
  {"the event at position {} belongs to a stream with key {}, which does not exist",
   "SELECT position, stream FROM events WHERE stream NOT IN (SELECT key FROM streams)"},
  {"commit {} is torn: its {} events lie between positions {} and {}",
   "SELECT lower(hex(commit_id)), count(*), min(position), max(position) FROM events GROUP BY "
   "commit_id HAVING max(position) - min(position) + 1 <> count(*)"},
  {"the event at position {} is stored in a form that its encoding {} does not have",
   "SELECT position, encoding FROM events WHERE (encoding = 1) <> (typeof(payload) = 'text') OR "
   "encoding NOT IN (1, 2) OR length(commit_id) <> 16 OR length(event_id) <> 16"},
  {"request '{}' names commit {} at position {} with {} events, the log does not hold it there",
   "SELECT id, lower(hex(commit_id)), position, count FROM requests r WHERE count > 0 AND (SELECT "
   "count(*) FROM events e WHERE e.position BETWEEN r.position AND r.position + r.count - 1 AND "
   "e.commit_id = r.commit_id) <> count"},
};

constexpr int most = 100;

// The message with the row's columns in its gaps.
auto fill(std::string_view message, const query::rows& row) -> std::string {
  std::string text;
  for (int column = 0; !message.empty(); ++column) {
    const auto gap = message.find("{}");
    text += message.substr(0, gap);
    if (gap == std::string_view::npos)
      break;
    text += row.text(column);
    message.remove_prefix(gap + 2);
  }
  return text;
}

void run(connection& on, const check& what, std::vector<std::string>& found) {
  query problems{on, what.sql};
  auto rows = problems.run();
  for (int i = 0; i < most && rows.next(); ++i)
    found.push_back(fill(what.message, rows));
}

void check_kinds(connection& on, std::vector<std::string>& found) {
  query streams{on, "SELECT id, kind FROM streams"};
  auto rows = streams.run();
  for (int i = 0; i < most && rows.next();)
    if (rows.bytes(1) != kind_of(rows.bytes(0))) {
      found.push_back(
        fmt::format("stream {} is stored under the kind '{}'", rows.bytes(0), rows.bytes(1)));
      ++i;
    }
}

auto check_file(connection& on, std::vector<std::string>& found) -> bool {
  query integrity{on, fmt::format("PRAGMA integrity_check({})", most)};
  auto rows = integrity.run();
  bool sound = true;
  while (rows.next())
    if (rows.bytes(0) != "ok") {
      found.push_back(fmt::format("the file: {}", rows.bytes(0)));
      sound = false;
    }
  return sound;
}

} // namespace

auto find_damage(connection& on) -> std::vector<std::string> {
  std::vector<std::string> found;
  const read_transaction snapshot{on};
  if (!check_file(on, found))
    return found; // queries over a broken tree prove nothing
  for (const auto& each : checks)
    run(on, each, found);
  check_kinds(on, found);
  return found;
}

} // namespace eventcore::sqlite
