#include "restoring.hpp"

#include "archives.hpp"
#include "heads.hpp"

#include "eventcore/detail/append_batch.hpp"

#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace eventcore::sqlite {

namespace {

using archive_keys = std::map<std::string, std::int64_t, std::less<>>;

template <class... Values>
void run(query& with, const Values&... values) {
  auto rows = with.run(values...);
  static_cast<void>(rows.next());
}

auto microseconds_of(timestamp time) -> std::int64_t { return time.time_since_epoch().count(); }

// The archives that events of the part refer to.
auto keys_of_archives(connection& on, const restore_batch& part) -> result<archive_keys> {
  archive_keys keys;
  for (const auto& each : part.archives) {
    const auto key = add_archive(on, each);
    if (!key)
      return std::unexpected{key.error()};
    keys.emplace(each.file, *key);
  }
  for (const auto& event : part.events) {
    if (event.encoding != encoding::archived || keys.contains(event.payload))
      continue;
    const auto key = find_archive(on, event.payload);
    if (key == 0)
      return std::unexpected{detail::unknown_archive(event)};
    keys.emplace(event.payload, key);
  }
  return keys;
}

// Moves the streams to where they stand after the part; gives their keys.
auto write_streams(connection& on, std::span<const detail::restored_stream> streams)
  -> result<std::vector<std::int64_t>> {
  query find{on, "SELECT key, version FROM streams WHERE id = ?1"};
  query add{on,
            "INSERT INTO streams (key, id, kind, version, commit_id) VALUES (?1, ?2, ?3, ?4, ?5)"};
  query move{on, "UPDATE streams SET version = ?2, commit_id = ?3 WHERE key = ?1"};
  auto next = on.number("SELECT coalesce(max(key), 0) + 1 FROM streams");
  std::vector<std::int64_t> keys;
  keys.reserve(streams.size());
  for (const auto& stream : streams) {
    std::int64_t key = 0;
    stream_version there;
    {
      auto rows = find.run(stream.id);
      if (rows.next()) {
        key = rows.number(0);
        there = {static_cast<std::uint64_t>(rows.number(1))};
      }
    }
    if (auto good = detail::check_follows(stream, there); !good)
      return std::unexpected{std::move(good.error())};
    const auto version = to_sql(stream.after.version.value);
    const blob_view commit{stream.after.commit.bytes};
    if (key > 0)
      run(move, key, version, commit);
    else
      run(add, key = next++, stream.id, kind_of(stream.id), version, commit);
    keys.push_back(key);
  }
  return keys;
}

void write_events(connection& on, const restore_batch& part, const detail::restored_part& streams,
                  std::span<const std::int64_t> keys, const archive_keys& archives) {
  query insert{on,
               "INSERT INTO events (position, stream, version, commit_id, event_id, type, "
               "type_version, encoding, payload, recorded_at, metadata) VALUES (?1, ?2, ?3, ?4, "
               "?5, ?6, ?7, ?8, ?9, ?10, ?11)"};
  std::map<std::int64_t, std::int64_t> archived;
  for (std::size_t i = 0; i < part.events.size(); ++i) {
    const auto& event = part.events[i];
    if (event.encoding == encoding::archived) {
      const auto archive = archives.find(event.payload)->second;
      insert.bind(9, archive);
      ++archived[archive];
    } else if (event.encoding == encoding::json) {
      insert.bind(9, event.payload);
    } else {
      insert.bind(9, blob_view{bytes_of(event.payload)});
    }
    insert.bind(10, microseconds_of(event.recorded_at));
    if (event.metadata_json.empty())
      insert.bind(11, nullptr);
    else
      insert.bind(11, event.metadata_json);
    run(insert, to_sql(event.position.value), keys[streams.stream_of[i]],
        to_sql(event.version.value), blob_view{event.commit.bytes}, blob_view{event.id.bytes},
        event.type, std::int64_t{event.type_version},
        std::int64_t{std::to_underlying(event.encoding)});
  }
  for (const auto& [archive, count] : archived)
    count_archived(on, archive, count);
}

void write_requests(connection& on, std::span<const recorded_request> requests) {
  query insert{on,
               "INSERT OR IGNORE INTO requests (id, digest, commit_id, position, count, versions, "
               "recorded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"};
  for (const auto& each : requests) {
    const auto versions = detail::versions_json(each.done.streams);
    run(insert, std::string_view{each.id.text()}, blob_view{each.digest},
        blob_view{each.done.commit.bytes}, to_sql(each.done.first.value), to_sql(each.done.count),
        std::string_view{versions}, microseconds_of(each.recorded_at));
  }
}

void write_head(connection& on, const log_head& head, std::string_view source) {
  query move{on,
             "UPDATE log_head SET position = ?1, commit_id = ?2, recorded_at = ?3, restoring = ?4"};
  if (source.empty())
    move.bind(4, nullptr);
  else
    move.bind(4, source);
  run(move, to_sql(head.position.value), blob_view{head.commit.bytes},
      microseconds_of(head.recorded_at));
}

} // namespace

auto restore(connection& on, const restore_batch& part, const detail::restored_part& streams)
  -> result<log_head> {
  std::string source;
  query current{on, log_head_sql};
  auto head = read_log_head(current, &source);
  if (auto good = detail::check_follows(part, head, source); !good)
    return std::unexpected{std::move(good.error())};
  const auto archives = keys_of_archives(on, part);
  if (!archives)
    return std::unexpected{archives.error()};
  const auto keys = write_streams(on, streams.streams);
  if (!keys)
    return std::unexpected{keys.error()};
  write_events(on, part, streams, *keys, *archives);
  write_requests(on, part.requests);
  if (!part.events.empty()) {
    const auto& last = part.events.back();
    head = {last.position, last.commit, last.recorded_at};
  }
  write_head(on, head, part.last ? std::string_view{} : part.source);
  return head;
}

} // namespace eventcore::sqlite
