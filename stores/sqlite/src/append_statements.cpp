#include "append_statements.hpp"

#include "eventcore/detail/append_batch.hpp"
#include "eventcore/json/writer.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

using soci::use;

// One query for all streams of a batch: 1,000 lookups take 0.1 ms, by a query each 0.4 ms. Rows come
// for the streams that exist.
constexpr auto find_streams = "SELECT j.key, s.key, s.version, s.commit_id FROM json_each(?1) j "
                              "CROSS JOIN streams s ON s.id = j.value";

constexpr auto find_requests =
  "SELECT j.key, r.digest, r.commit_id, r.position, r.count, v.key, v.value FROM json_each(?1) j "
  "CROSS JOIN requests r ON r.id = j.value LEFT JOIN json_each(r.versions) v";

constexpr auto find_events_of_commit =
  "SELECT e.position, s.id, e.version FROM events e CROSS JOIN streams s ON s.key = e.stream "
  "WHERE e.position > ?1 AND e.commit_id = ?2 ORDER BY e.position";

// SOCI binds text only; what is not text is cast.
constexpr auto insert_event =
  "INSERT INTO events (position, stream, version, commit_id, event_id, type, type_version, "
  "encoding, payload, recorded_at, metadata) VALUES (:position, :stream, :version, "
  "CAST(:commit_id AS BLOB), CAST(:event_id AS BLOB), :type, :type_version, :encoding, "
  "CASE :encoding WHEN 1 THEN :payload ELSE CAST(:payload AS BLOB) END, :recorded_at, :metadata)";

constexpr auto insert_stream =
  "INSERT INTO streams (key, id, kind, version, commit_id) VALUES (:key, :id, :kind, :version, "
  "CAST(:commit_id AS BLOB))";

constexpr auto update_stream =
  "UPDATE streams SET version = :version, commit_id = CAST(:commit_id AS BLOB) WHERE key = :key";

constexpr auto insert_request =
  "INSERT INTO requests (id, digest, commit_id, position, count, versions, recorded_at) VALUES "
  "(:id, CAST(:digest AS BLOB), CAST(:commit_id AS BLOB), :position, :count, :versions, "
  ":recorded_at)";

constexpr auto move_head = "UPDATE log_head SET position = :position, recorded_at = :recorded_at, "
                           "commit_id = CAST(:commit_id AS BLOB)";

// The elements of a list of texts as a JSON array.
class json_list {
public:
  void add(std::string_view text) {
    json_ += json_.empty() ? '[' : ',';
    append_json_string(text, json_);
  }

  auto finish() -> std::string_view {
    json_ += json_.empty() ? "[]" : "]";
    return json_;
  }

private:
  std::string json_;
};

// Grows a column on demand: its texts keep their memory from batch to batch.
template <class T>
auto at(std::vector<T>& column, std::size_t row) -> T& {
  if (row >= column.size())
    column.resize(row + 1);
  return column[row];
}

} // namespace

append_statements::append_statements(connection& on)
    : log_head_query_{on, log_head_sql}, stream_query_{on, find_streams},
      request_query_{on, find_requests},
      last_key_query_{on, "SELECT coalesce(max(key), 0) FROM streams"},
      commit_query_{on, find_events_of_commit},
      insert_events_{(on.session().prepare << insert_event, use(events_.position),
                      use(events_.stream), use(events_.version), use(events_.commit),
                      use(events_.id), use(events_.type), use(events_.type_version),
                      use(events_.encoding), use(events_.payload), use(events_.recorded_at),
                      use(events_.metadata, events_.has_metadata))},
      insert_streams_{(on.session().prepare << insert_stream, use(new_streams_.key),
                       use(new_streams_.id), use(new_streams_.kind), use(new_streams_.version),
                       use(new_streams_.commit))},
      update_streams_{(on.session().prepare << update_stream, use(old_streams_.version),
                       use(old_streams_.commit), use(old_streams_.key))},
      insert_requests_{(on.session().prepare << insert_request, use(requests_.id),
                        use(requests_.digest), use(requests_.commit), use(requests_.position),
                        use(requests_.count), use(requests_.versions), use(requests_.recorded_at))},
      move_log_head_{(on.session().prepare << move_head, use(head_position_),
                      use(head_recorded_at_), use(head_commit_))},
      fence_{(on.session().prepare << "UPDATE log_head SET fences = fences + 1")} {}

auto append_statements::load(std::span<const write_set* const> sets) -> batch_view {
  batch_view view{sets.size()};
  bool any_request = false;
  for (const auto* set : sets) {
    for (const auto& read : set->reads)
      view.add(read.stream);
    any_request = any_request || set->request;
  }
  load_streams(view);
  if (any_request)
    load_requests(view, sets);
  return view;
}

void append_statements::load_streams(batch_view& view) {
  auto& streams = view.streams();
  constexpr std::size_t at_once = 10'000; // bounds the length of the list
  for (std::size_t first = 0; first < streams.size(); first += at_once) {
    json_list ids;
    for (auto i = first; i < std::min(first + at_once, streams.size()); ++i)
      ids.add(streams[i].id->text());
    auto rows = stream_query_.run(ids.finish());
    while (rows.next()) {
      auto& stream = streams[first + static_cast<std::size_t>(rows.number(0))];
      stream.key = rows.number(1);
      stream.head = {{static_cast<std::uint64_t>(rows.number(2))}, {uuid_of(rows.bytes(3))}};
    }
  }
}

void append_statements::load_requests(batch_view& view, std::span<const write_set* const> sets) {
  std::vector<const request_id*> asked;
  json_list ids;
  for (const auto* set : sets)
    if (set->request) {
      asked.push_back(&set->request->id);
      ids.add(set->request->id.text());
    }
  auto rows = request_query_.run(ids.finish());
  const request_id* current = nullptr;
  done_request done;
  const auto finish = [&] {
    if (current)
      view.add(*current, std::move(done));
  };
  while (rows.next()) { // a row for each stream that the request wrote to
    const auto* id = asked[static_cast<std::size_t>(rows.number(0))];
    if (id != current) {
      finish();
      current = id;
      done = {.digest = uuid_of(rows.bytes(1)),
              .original = {.commit = {uuid_of(rows.bytes(2))},
                           .first = {static_cast<std::uint64_t>(rows.number(3))},
                           .count = static_cast<std::uint64_t>(rows.number(4))}};
    }
    if (!rows.is_null(5))
      done.original.streams.push_back({stream_id::trusted(std::string{rows.bytes(5)}),
                                       {static_cast<std::uint64_t>(rows.number(6))}});
  }
  finish();
}

auto append_statements::find(const write_set& set, log_position known) -> std::optional<committed> {
  if (set.request) {
    batch_view view{0};
    const auto* asked = &set;
    load_requests(view, {&asked, 1});
    if (const auto* done = view.find(set.request->id); done && done->original.commit == set.commit)
      return done->original;
  }
  if (set.events.empty())
    return std::nullopt;
  committed found{.commit = set.commit, .first = {}, .count = 0};
  std::map<std::string, stream_version> versions;
  auto rows = commit_query_.run(to_sql(known.value), blob_view{set.commit.bytes});
  while (rows.next()) {
    if (found.count++ == 0)
      found.first = {static_cast<std::uint64_t>(rows.number(0))};
    versions[std::string{rows.bytes(1)}] = {static_cast<std::uint64_t>(rows.number(2))};
  }
  if (found.count == 0)
    return std::nullopt;
  for (auto& [stream, version] : versions)
    found.streams.push_back({stream_id::trusted(stream), version});
  return found;
}

void append_statements::write(const write_set& set, const committed& done, timestamp now,
                              batch_view& view) {
  const auto recorded_at = now.time_since_epoch().count();
  const auto metadata = set.events.empty() ? std::string{} : to_json(set.metadata);
  auto position = static_cast<long long>(done.first.value);
  auto& rows = events_;
  for (const auto& event : set.events) {
    auto& stream = view.stream(set.reads[event.stream].stream);
    if (stream.key == 0) {
      if (next_key_ == 0) {
        auto last = last_key_query_.run();
        last.next();
        next_key_ = last.number(0) + 1;
      }
      stream.key = next_key_++;
      stream.is_new = true;
    }
    stream.head = {{stream.head.version.value + 1}, set.commit};
    stream.written = true;
    const auto row = rows.used++;
    at(rows.position, row) = position++;
    at(rows.stream, row) = stream.key;
    at(rows.version, row) = static_cast<long long>(stream.head.version.value);
    assign_bytes(at(rows.commit, row), set.commit.bytes);
    assign_bytes(at(rows.id, row), event.id.bytes);
    at(rows.type, row) = event.type;
    at(rows.type_version, row) = event.type_version;
    at(rows.encoding, row) = static_cast<long long>(event.encoding);
    at(rows.payload, row) = event.payload;
    at(rows.recorded_at, row) = recorded_at;
    at(rows.metadata, row) = metadata;
    at(rows.has_metadata, row) = metadata.empty() ? soci::i_null : soci::i_ok;
    rows.bytes += event.payload.size();
    if (rows.used == chunk_rows || rows.bytes >= chunk_bytes)
      write_events();
  }
  if (set.request) {
    requests_.id.push_back(set.request->id.text());
    assign_bytes(requests_.digest.emplace_back(), set.request->digest);
    assign_bytes(requests_.commit.emplace_back(), set.commit.bytes);
    requests_.position.push_back(static_cast<long long>(done.first.value));
    requests_.count.push_back(static_cast<long long>(done.count));
    requests_.versions.push_back(detail::versions_json(done.streams));
    requests_.recorded_at.push_back(recorded_at);
    view.add(set.request->id, {set.request->digest, done});
    if (requests_.id.size() == chunk_rows)
      write_requests();
  }
}

void append_statements::flush(batch_view& view, const eventcore::log_head& head) {
  write_events();
  write_streams(view);
  write_requests();
  head_position_ = static_cast<long long>(head.position.value);
  head_recorded_at_ = head.recorded_at.time_since_epoch().count();
  assign_bytes(head_commit_, head.commit.bytes);
  move_log_head_.execute(true);
}

void append_statements::write_events() {
  auto& rows = events_;
  if (rows.used == 0)
    return;
  const auto fit = [&](auto&... columns) { (columns.resize(rows.used), ...); };
  fit(rows.position, rows.stream, rows.version, rows.commit, rows.id, rows.type, rows.type_version,
      rows.encoding, rows.payload, rows.recorded_at, rows.metadata, rows.has_metadata);
  insert_events_.execute(true);
  rows.used = 0;
  rows.bytes = 0;
  for (auto& payload : rows.payload)
    if (constexpr std::size_t kept = 4096; payload.capacity() > kept)
      payload = std::string{};
}

void append_statements::write_streams(batch_view& view) {
  const auto clear = [](stream_rows& rows) {
    rows.key.clear();
    rows.version.clear();
    rows.id.clear();
    rows.kind.clear();
    rows.commit.clear();
  };
  const auto write = [&](stream_rows& rows, soci::statement& statement) {
    if (rows.key.empty())
      return;
    statement.execute(true);
    clear(rows);
  };
  for (const auto& stream : view.streams()) {
    if (!stream.written)
      continue;
    auto& rows = stream.is_new ? new_streams_ : old_streams_;
    rows.key.push_back(stream.key);
    rows.version.push_back(static_cast<long long>(stream.head.version.value));
    assign_bytes(rows.commit.emplace_back(), stream.head.commit.bytes);
    if (stream.is_new) {
      rows.id.push_back(stream.id->text());
      rows.kind.emplace_back(stream.id->kind());
    }
    if (rows.key.size() == chunk_rows)
      write(rows, stream.is_new ? insert_streams_ : update_streams_);
  }
  write(new_streams_, insert_streams_);
  write(old_streams_, update_streams_);
}

void append_statements::write_requests() {
  if (requests_.id.empty())
    return;
  insert_requests_.execute(true);
  const auto clear = [](auto&... columns) { (columns.clear(), ...); };
  clear(requests_.id, requests_.digest, requests_.commit, requests_.position, requests_.count,
        requests_.versions, requests_.recorded_at);
}

void append_statements::clear() {
  const auto clear = [](auto&... columns) { (columns.clear(), ...); };
  clear(new_streams_.key, new_streams_.version, new_streams_.id, new_streams_.kind,
        new_streams_.commit, old_streams_.key, old_streams_.version, old_streams_.commit);
  clear(requests_.id, requests_.digest, requests_.commit, requests_.position, requests_.count,
        requests_.versions, requests_.recorded_at);
  events_.used = 0;
  events_.bytes = 0;
  next_key_ = 0;
}

} // namespace eventcore::sqlite
