#include "archives.hpp"

#include "heads.hpp"

#include "eventcore/detail/archiving.hpp"

#include <utility>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

template <class... Values>
auto change(query& with, connection& on, const Values&... values) -> std::int64_t {
  auto rows = with.run(values...);
  static_cast<void>(rows.next());
  return on.changes();
}

// The keys of the streams, when all are closed and stand where they are expected.
auto find_closed(connection& on, std::span<const expectation> streams)
  -> result<std::vector<std::int64_t>> {
  query stream{on, fmt::format("SELECT s.key, s.version, s.commit_id, e.type = '{}' FROM streams s "
                               "LEFT JOIN events e ON e.stream = s.key AND e.version = s.version "
                               "WHERE s.id = ?1",
                               closed_event)};
  std::vector<std::int64_t> keys;
  detail::archive_check check;
  for (const auto& each : streams) {
    auto rows = stream.run(std::string_view{each.stream.text()});
    if (!rows.next()) {
      check.take(each, {}, false);
      continue;
    }
    keys.push_back(rows.number(0));
    check.take(each, {{static_cast<std::uint64_t>(rows.number(1))}, {uuid_of(rows.bytes(2))}},
               rows.number(3) != 0);
  }
  if (auto possible = check.outcome(); !possible)
    return std::unexpected{std::move(possible.error())};
  return keys;
}

auto is_at_its_place(const query::rows& row, const recorded_event& event) -> bool {
  return row.bytes(0) == event.stream && row.number(1) == to_sql(event.version.value)
         && uuid_of(row.bytes(2)) == event.commit.bytes;
}

} // namespace

auto find_archive(connection& on, std::string_view file) -> std::int64_t {
  query known{on, "SELECT key FROM archives WHERE file = ?1"};
  auto rows = known.run(file);
  return rows.next() ? rows.number(0) : 0;
}

auto add_archive(connection& on, const archive_entry& archive) -> result<std::int64_t> {
  {
    query known{on, "SELECT key, checksum FROM archives WHERE file = ?1"};
    auto rows = known.run(std::string_view{archive.file});
    if (rows.next()) {
      if (rows.bytes(1) != archive.checksum)
        return std::unexpected{detail::another_archive(archive)};
      return rows.number(0);
    }
  }
  query add{on, "INSERT INTO archives (file, checksum, made_at, events) VALUES (?1, ?2, ?3, 0)"};
  change(add, on, std::string_view{archive.file}, std::string_view{archive.checksum},
         std::int64_t{archive.made_at.time_since_epoch().count()});
  return api::sqlite3_last_insert_rowid(on.handle());
}

void count_archived(connection& on, std::int64_t archive, std::int64_t more) {
  query count{on, "UPDATE archives SET events = events + ?2 WHERE key = ?1"};
  change(count, on, archive, more);
}

auto archive(connection& on, const archive_entry& into, std::span<const expectation> streams)
  -> result<std::uint64_t> {
  const auto keys = find_closed(on, streams);
  if (!keys)
    return std::unexpected{keys.error()};
  const auto key = add_archive(on, into);
  if (!key)
    return std::unexpected{key.error()};
  query take{on, fmt::format("UPDATE events SET encoding = 3, payload = ?2 WHERE stream = ?1 AND "
                             "encoding <> 3 AND type <> '{}'",
                             closed_event)};
  std::int64_t taken = 0;
  for (const auto stream : *keys)
    taken += change(take, on, stream, *key);
  count_archived(on, *key, taken);
  return static_cast<std::uint64_t>(taken);
}

auto unarchive(connection& on, std::string_view file, std::span<const recorded_event> events)
  -> result<std::uint64_t> {
  const auto key = find_archive(on, file);
  query there{on, "SELECT s.id, e.version, e.commit_id, e.encoding, e.payload FROM events e CROSS "
                  "JOIN streams s ON s.key = e.stream WHERE e.position = ?1"};
  query give{on, "UPDATE events SET encoding = ?2, payload = ?3 WHERE position = ?1"};
  std::int64_t given = 0;
  for (const auto& event : events) {
    const auto position = to_sql(event.position.value);
    {
      auto rows = there.run(position);
      if (!rows.next() || !is_at_its_place(rows, event))
        return std::unexpected{detail::another_event(event)};
      if (key == 0 || rows.number(3) != 3 || rows.number(4) != key)
        continue;
    }
    const auto encoding = std::int64_t{std::to_underlying(event.encoding)};
    given += event.encoding == encoding::json
               ? change(give, on, position, encoding, event.payload)
               : change(give, on, position, encoding, blob_view{bytes_of(event.payload)});
  }
  if (given > 0)
    count_archived(on, key, -given);
  return static_cast<std::uint64_t>(given);
}

auto list_archives(connection& on) -> std::vector<archive_entry> {
  std::vector<archive_entry> all;
  query archives{on, "SELECT file, checksum, made_at FROM archives ORDER BY made_at, key"};
  auto rows = archives.run();
  while (rows.next())
    all.push_back({.file = std::string{rows.bytes(0)},
                   .checksum = std::string{rows.bytes(1)},
                   .made_at = timestamp{std::chrono::microseconds{rows.number(2)}}});
  return all;
}

auto forget_archive(connection& on, std::string_view file) -> result<> {
  {
    query known{on, "SELECT events FROM archives WHERE file = ?1"};
    auto rows = known.run(file);
    if (rows.next() && rows.number(0) > 0)
      return std::unexpected{
        detail::archive_in_use(file, static_cast<std::uint64_t>(rows.number(0)))};
  }
  query forget{on, "DELETE FROM archives WHERE file = ?1"};
  change(forget, on, file);
  return {};
}

} // namespace eventcore::sqlite
