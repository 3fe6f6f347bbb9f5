#include "damage.hpp"

#include "statements.hpp"
#include "transaction.hpp"
#include "trip.hpp"

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

/// Each row is one problem: its columns, all texts, fill the gaps of the message.
struct check {
  std::string message;
  statement sql;
};

auto make_checks() -> std::vector<check> {
  constexpr std::string_view sources[][2] = {
    {"the log head names position {} and commit {}, the last event is at {} with commit {}",
     "SELECT h.position::text, h.commit_id::text, coalesce(e.position, 0)::text, "
     "coalesce(e.commit_id::text, 'none') FROM log_head h LEFT JOIN (SELECT position, commit_id "
     "FROM events ORDER BY position DESC LIMIT 1) e ON true WHERE h.position <> "
     "coalesce(e.position, 0) OR h.commit_id <> coalesce(e.commit_id, "
     "'00000000-0000-0000-0000-000000000000')"},
    {"the log head was given {} keys of streams, there is a stream with key {}",
     "SELECT h.stream_key::text, s.last::text FROM log_head h, (SELECT max(key) AS last FROM "
     "streams) s WHERE s.last > h.stream_key"},
    {"there is no event between positions {} and {}",
     "SELECT before::text, position::text FROM (SELECT position, lag(position, 1, 0::int8) OVER "
     "(ORDER BY position) AS before FROM events) e WHERE position <> before + 1"},
    {"the event at position {} was recorded earlier than the one before it",
     "SELECT position::text FROM (SELECT position, recorded_at, lag(recorded_at, 1, recorded_at) "
     "OVER (ORDER BY position) AS before FROM events) e WHERE recorded_at < before"},
    {"stream {} has no event between its versions {} and {} (position {})",
     "SELECT coalesce((SELECT id FROM streams WHERE key = stream), '(key ' || stream || ')'), "
     "before::text, version::text, position::text FROM (SELECT stream, version, position, "
     "lag(version, 1, 0::int8) OVER (PARTITION BY stream ORDER BY version) AS before FROM events) "
     "e "
     "WHERE version <> before + 1"},
    {"version {} of stream {} is at position {}, behind the next version at {}",
     "SELECT (version - 1)::text, coalesce((SELECT id FROM streams WHERE key = stream), '(key ' || "
     "stream || ')'), before::text, position::text FROM (SELECT stream, version, position, "
     "lag(position, 1, 0::int8) OVER (PARTITION BY stream ORDER BY version) AS before FROM events) "
     "e WHERE position <= before"},
    {"stream {} says version {} and commit {}, its last event has version {} and commit {}",
     "SELECT s.id, s.version::text, s.commit_id::text, coalesce(e.version, 0)::text, "
     "coalesce(e.commit_id::text, 'none') FROM streams s LEFT JOIN LATERAL (SELECT version, "
     "commit_id FROM events WHERE stream = s.key ORDER BY version DESC LIMIT 1) e ON true WHERE "
     "e.version IS DISTINCT FROM s.version OR e.commit_id IS DISTINCT FROM s.commit_id"},
    {"stream {} is stored under the kind '{}'",
     "SELECT id, kind FROM streams WHERE kind <> coalesce(substring(id from "
     "'^([a-z][a-z0-9_]*)-'), '')"},
    {"the event at position {} belongs to a stream with key {}, which does not exist",
     "SELECT position::text, stream::text FROM events e WHERE NOT EXISTS (SELECT FROM streams "
     "WHERE "
     "key = e.stream)"},
    {"commit {} is torn: its {} events lie between positions {} and {}",
     "SELECT commit_id::text, count(*)::text, min(position)::text, max(position)::text FROM events "
     "GROUP BY commit_id HAVING max(position) - min(position) + 1 <> count(*)"},
    {"the event at position {} has not exactly one payload",
     "SELECT position::text FROM events WHERE num_nonnulls(payload, payload_bytes, archive) <> 1"},
    {"the payload of the event at position {} is in an archive with key {}, which the store does "
     "not "
     "know",
     "SELECT position::text, archive::text FROM events e WHERE archive IS NOT NULL AND NOT EXISTS "
     "(SELECT FROM archives WHERE key = e.archive)"},
    {"the event at position {} is archived, but its stream (key {}) was not closed behind it",
     "SELECT position::text, stream::text FROM events e WHERE archive IS NOT NULL AND NOT EXISTS "
     "(SELECT FROM events c WHERE c.stream = e.stream AND c.version > e.version AND c.type = "
     "'$closed')"},
    {"request '{}' names commit {} at position {} with {} events, the log does not hold it there",
     "SELECT id, commit_id::text, position::text, count::text FROM requests r WHERE count > 0 AND "
     "(SELECT count(*) FROM events e WHERE e.position BETWEEN r.position AND r.position + r.count "
     "- "
     "1 AND e.commit_id = r.commit_id) <> count"},
  };
  constexpr int most = 100;
  std::vector<check> checks;
  for (const auto& [message, sql] : sources)
    checks.push_back({std::string{message},
                      {fmt::format("find_damage_{}", checks.size()),
                       fmt::format("SELECT * FROM ({}) problems LIMIT {}", sql, most)}});
  return checks;
}

// The message with the row's columns in its gaps.
auto fill(std::string_view message, const rows& from, int row) -> std::string {
  std::string text;
  for (int column = 0; !message.empty(); ++column) {
    const auto gap = message.find("{}");
    text += message.substr(0, gap);
    if (gap == std::string_view::npos)
      break;
    text += from.bytes(row, column);
    message.remove_prefix(gap + 2);
  }
  return text;
}

} // namespace

auto find_damage(connection& on) -> std::vector<std::string> {
  static const auto checks = make_checks();
  std::vector<std::string> found;
  trip looking{on};
  looking.add(begin_reading);
  looking.add(allow_scans);
  for (const auto& each : checks)
    looking.add(each.sql);
  looking.add(commit);
  looking.send();
  looking.answer();
  looking.answer();
  for (const auto& each : checks) {
    const auto problems = looking.answer();
    for (int row = 0; row < problems.count(); ++row)
      found.push_back(fill(each.message, problems, row));
  }
  looking.answer();
  return found;
}

} // namespace eventcore::postgres
