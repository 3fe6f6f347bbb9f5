#include "archives.hpp"

#include "transaction.hpp"

#include "eventcore/detail/archiving.hpp"

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// Gives no row when the file is known with another checksum. Locks the archive, so that nobody forgets
// it meanwhile.
const statement keep_archive{
  "keep_archive",
  "INSERT INTO archives AS a (file, checksum, made_at) VALUES ($1::text, $2::text, "
  "$3::timestamptz) "
  "ON CONFLICT (file) DO UPDATE SET file = a.file WHERE a.checksum = excluded.checksum RETURNING "
  "a.key"};

// Locks the streams instead of the log head: a stream with many events takes long, and only who writes
// to it waits. A stream that is being written is passed over, as one that was.
const statement find_streams_to_archive{
  "find_streams_to_archive",
  "SELECT q.at, s.key, s.version, s.commit_id, coalesce(e.type = '$closed', false) FROM "
  "unnest($1::text[]) WITH ORDINALITY AS q(id, at) JOIN streams s ON s.id = q.id LEFT JOIN events "
  "e "
  "ON e.stream = s.key AND e.version = s.version FOR UPDATE OF s SKIP LOCKED"};

const statement take_payloads{
  "take_payloads",
  "UPDATE events SET archive = $1::int8, payload = NULL, payload_bytes = NULL WHERE "
  "stream = ANY ($2::int8[]) AND archive IS NULL AND type <> '$closed'"};

const statement find_other_events{
  "find_other_events",
  "SELECT q.at FROM unnest($1::int8[], $2::text[], $3::int8[], $4::uuid[]) WITH ORDINALITY AS "
  "q(position, stream, version, commit_id, at) WHERE NOT EXISTS (SELECT FROM events e JOIN streams "
  "s "
  "ON s.key = e.stream WHERE e.position = q.position AND s.id = q.stream AND e.version = q.version "
  "AND e.commit_id = q.commit_id) ORDER BY q.at LIMIT 1"};

const statement put_payloads_back{
  "put_payloads_back",
  "UPDATE events e SET archive = NULL, payload = q.payload, payload_bytes = q.payload_bytes FROM "
  "unnest($2::int8[], $3::jsonb[], $4::bytea[]) AS q(position, payload, payload_bytes) WHERE "
  "e.position = q.position AND e.archive = (SELECT key FROM archives WHERE file = $1::text)"};

const statement list_all_archives{
  "list_all_archives", "SELECT file, checksum, made_at FROM archives ORDER BY made_at, key"};

const statement lock_archive{"lock_archive",
                             "SELECT key FROM archives WHERE file = $1::text FOR UPDATE"};

const statement count_archived{"count_archived",
                               "SELECT count(*) FROM events WHERE archive = $1::int8"};

const statement remove_archive{"remove_archive", "DELETE FROM archives WHERE key = $1::int8"};

// Of events that were put back meanwhile: the payload.
const statement find_archived{
  "find_archived",
  "SELECT e.position, e.payload, e.payload_bytes, a.file FROM unnest($1::int8[]) WITH ORDINALITY "
  "AS "
  "q(position, at) JOIN events e ON e.position = q.position LEFT JOIN archives a ON a.key = "
  "e.archive ORDER BY q.at"};

/// The streams' keys, when all may be archived.
auto keys_of(transaction& within, std::span<const expectation> streams) -> result<array> {
  array ids{element::text};
  for (const auto& each : streams)
    ids.add(each.stream.text());
  const auto found = within.ask(find_streams_to_archive, parameters{}.list(ids));
  std::vector<int> rows(streams.size(), -1);
  for (int row = 0; row < found.count(); ++row)
    rows.at(static_cast<std::size_t>(found.number(row, 0)) - 1) = row;
  array keys{element::number};
  detail::archive_check check;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const auto row = rows[i];
    if (row < 0) {
      check.take(streams[i], {}, false);
      continue;
    }
    keys.add(found.number(row, 1));
    check.take(streams[i], {{found.unsigned_number(row, 2)}, {found.id(row, 3)}},
               found.truth(row, 4));
  }
  if (auto good = check.outcome(); !good)
    return std::unexpected{std::move(good.error())};
  return keys;
}

/// Fails when one of the events is not the one that the log holds at its position.
auto require_same(transaction& within, std::span<const recorded_event> events) -> result<> {
  array position{element::number};
  array stream{element::text};
  array version{element::number};
  array commit{element::id};
  for (const auto& each : events) {
    position.add(to_sql(each.position.value));
    stream.add(each.stream);
    version.add(to_sql(each.version.value));
    commit.add(bytes_of(each.commit.bytes));
  }
  const auto other = within.ask(
    find_other_events, parameters{}.list(position).list(stream).list(version).list(commit));
  if (!other.is_empty())
    return std::unexpected{
      detail::another_event(events[static_cast<std::size_t>(other.number(0, 0)) - 1])};
  return {};
}

} // namespace

auto archive(connection& on, const archive_entry& into, std::span<const expectation> streams)
  -> result<std::uint64_t> {
  transaction moving{on};
  const auto kept =
    moving.ask(keep_archive, parameters{}.text(into.file).text(into.checksum).time(into.made_at));
  if (kept.is_empty())
    return std::unexpected{detail::another_archive(into)};
  std::uint64_t taken = 0;
  if (!streams.empty()) {
    auto keys = keys_of(moving, streams);
    if (!keys)
      return std::unexpected{std::move(keys.error())};
    taken = moving.ask(take_payloads, parameters{}.number(kept.number(0, 0)).list(*keys)).changed();
  }
  moving.commit();
  return taken;
}

auto unarchive(connection& on, std::string_view file, std::span<const recorded_event> events)
  -> result<std::uint64_t> {
  if (events.empty())
    return 0;
  array position{element::number};
  array json{element::json};
  array bytes{element::bytes};
  for (const auto& each : events) {
    position.add(to_sql(each.position.value));
    if (each.encoding == encoding::json) {
      json.add_json(each.payload);
      bytes.add_null();
    } else {
      json.add_null();
      bytes.add(each.payload);
    }
  }
  transaction moving{on};
  if (auto same = require_same(moving, events); !same)
    return std::unexpected{std::move(same.error())};
  const auto put =
    moving.ask(put_payloads_back, parameters{}.text(file).list(position).list(json).list(bytes));
  moving.commit();
  return put.changed();
}

auto list_archives(connection& on) -> std::vector<archive_entry> {
  trip asking{on};
  asking.add(list_all_archives);
  asking.send();
  const auto found = asking.answer();
  std::vector<archive_entry> all;
  all.reserve(static_cast<std::size_t>(found.count()));
  for (int row = 0; row < found.count(); ++row)
    all.push_back({.file = std::string{found.bytes(row, 0)},
                   .checksum = std::string{found.bytes(row, 1)},
                   .made_at = found.time(row, 2)});
  return all;
}

auto forget_archive(connection& on, std::string_view file) -> result<> {
  transaction forgetting{on};
  const auto found = forgetting.ask(lock_archive, parameters{}.text(file));
  if (found.is_empty())
    return {};
  const auto key = found.number(0, 0);
  forgetting.allow_scans();
  const auto in_use =
    forgetting.ask(count_archived, parameters{}.number(key)).unsigned_number(0, 0);
  if (in_use > 0)
    return std::unexpected{detail::archive_in_use(file, in_use)};
  forgetting.ask(remove_archive, parameters{}.number(key));
  forgetting.commit();
  return {};
}

void name_archives(connection& on, page_builder& page) {
  const auto& without = page.without_payload();
  if (without.empty())
    return;
  auto& events = page.events();
  array positions{element::number};
  for (const auto index : without)
    positions.add(to_sql(events[index].position.value));
  trip asking{on};
  asking.add(find_archived, parameters{}.list(positions));
  asking.send();
  page.owner()->answers.push_back(asking.answer());
  const auto& found = page.owner()->answers.back();
  if (static_cast<std::size_t>(found.count()) != without.size())
    raise(errc::store_corrupt, "events vanished while they were read; restore a backup");
  for (int row = 0; row < found.count(); ++row) {
    auto& event = events[without[static_cast<std::size_t>(row)]];
    if (!found.is_null(row, 1)) {
      event.encoding = encoding::json;
      event.payload = found.json(row, 1);
    } else if (!found.is_null(row, 2)) {
      event.encoding = encoding::bytes;
      event.payload = found.bytes(row, 2);
    } else if (!found.is_null(row, 3)) {
      event.encoding = encoding::archived;
      event.payload = found.bytes(row, 3);
    } else {
      raise(errc::store_corrupt,
            fmt::format("the event at position {} has no payload; restore a backup",
                        event.position.value));
    }
  }
}

} // namespace eventcore::postgres
