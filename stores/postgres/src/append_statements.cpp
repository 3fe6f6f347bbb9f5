#include "append_statements.hpp"

#include "requests.hpp"

#include "eventcore/detail/append_batch.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// A row for each stream that the request wrote to, or one without a stream.
const statement find_requests{
  "find_requests",
  "SELECT q.at, r.digest, r.commit_id, r.position, r.count, v.key, v.value::int8 FROM "
  "unnest($1::text[]) WITH ORDINALITY AS q(id, at) JOIN requests r ON r.id = q.id LEFT JOIN "
  "LATERAL "
  "jsonb_each_text(r.versions) v ON true ORDER BY q.at, v.key COLLATE \"C\""};

const statement find_events_of_commit{
  "find_events_of_commit",
  "SELECT e.position, s.id, e.version FROM events e JOIN streams s ON s.key = e.stream WHERE "
  "e.position > $1::int8 AND e.commit_id = $2::uuid ORDER BY e.position"};

constexpr std::string_view time_of_all = "$10::timestamptz";

const statement insert_json_events{"insert_json_events",
                                   insert_events_sql("payload", "jsonb", time_of_all)};
const statement insert_bytes_events{"insert_bytes_events",
                                    insert_events_sql("payload_bytes", "bytea", time_of_all)};

const statement insert_requests{
  "insert_requests",
  "INSERT INTO requests (position, count, recorded_at, commit_id, digest, id, versions) SELECT "
  "r.position, r.count, $7::timestamptz, r.commit_id, r.digest, r.id, r.versions FROM "
  "unnest($1::int8[], $2::int8[], $3::uuid[], $4::bytea[], $5::text[], $6::jsonb[]) AS r(position, "
  "count, commit_id, digest, id, versions)"};

const statement move_log_head{
  "move_log_head",
  "UPDATE log_head SET position = $1::int8, commit_id = $2::uuid, recorded_at = $3::timestamptz, "
  "stream_key = $4::int8 RETURNING pg_notify($5::text, ($1::int8)::text)"};

// The requests among `asked` that are done.
void take_requests(const rows& found, std::span<const request_id* const> asked, batch_view& view) {
  done_request done;
  for (int row = 0; row < found.count(); ++row) {
    const auto at = found.number(row, 0);
    if (row == 0 || at != found.number(row - 1, 0))
      done = {.digest = digest_in(found, row, 1),
              .original = {.commit = {found.id(row, 2)},
                           .first = {found.unsigned_number(row, 3)},
                           .count = found.unsigned_number(row, 4),
                           .streams = {}}};
    if (!found.is_null(row, 5))
      done.original.streams.push_back(
        {stream_id::trusted(std::string{found.bytes(row, 5)}), {found.unsigned_number(row, 6)}});
    if (row + 1 == found.count() || at != found.number(row + 1, 0))
      view.add(*asked[static_cast<std::size_t>(at) - 1], std::exchange(done, {}));
  }
}

// What a commit wrote, told by its events.
auto commit_in(const rows& found, const commit_id& id) -> std::optional<committed> {
  if (found.is_empty())
    return std::nullopt;
  std::map<std::string_view, stream_version> versions;
  for (int row = 0; row < found.count(); ++row)
    versions[found.bytes(row, 1)] = {found.unsigned_number(row, 2)};
  committed done{.commit = id,
                 .first = {found.unsigned_number(0, 0)},
                 .count = static_cast<std::uint64_t>(found.count()),
                 .streams = {}};
  for (const auto& [stream, version] : versions)
    done.streams.push_back({stream_id::trusted(std::string{stream}), version});
  return done;
}

} // namespace

append_statements::append_statements(connection& on, std::string channel)
    : on_{on}, channel_{std::move(channel)} {}

auto append_statements::enter(std::span<const write_set* const> sets) -> entered_section {
  clear();
  batch_view view{sets.size()};
  std::vector<const request_id*> asked;
  array request_ids{element::text};
  for (const auto* set : sets) {
    for (const auto& read : set->reads)
      view.add(read.stream);
    if (set->request) {
      asked.push_back(&set->request->id);
      request_ids.add(set->request->id.text());
    }
  }
  array stream_ids{element::text};
  for (const auto& stream : view.streams())
    stream_ids.add(stream.id->text());

  trip entering{on_};
  entering.add(begin_writing);
  entering.add(lock_log_head);
  if (!stream_ids.is_empty())
    entering.add(find_streams, parameters{}.list(stream_ids));
  if (!asked.empty())
    entering.add(find_requests, parameters{}.list(request_ids));
  entering.send();
  entering.answer();
  const auto locked = entering.answer();
  const auto head = log_head_in(locked);
  last_key_ = locked.number(0, 3);
  known_ = head.position;
  if (!stream_ids.is_empty()) {
    const auto found = entering.answer();
    for (int row = 0; row < found.count(); ++row) {
      auto& stream = view.streams().at(static_cast<std::size_t>(found.number(row, 0)) - 1);
      stream.key = found.number(row, 1);
      stream.head = {{found.unsigned_number(row, 2)}, {found.id(row, 3)}};
    }
  }
  if (!asked.empty())
    take_requests(entering.answer(), asked, view);
  return {.head = head,
          .now = locked.time(0, 4),
          .restoring = std::string{locked.bytes(0, 5)},
          .view = std::move(view)};
}

void append_statements::write(const write_set& set, const committed& done, timestamp now,
                              batch_view& view) {
  now_ = now;
  const auto metadata = set.events.empty() ? std::string{} : to_json(set.metadata);
  auto position = done.first;
  for (const auto& event : set.events) {
    auto& stream = view.stream(set.reads[event.stream].stream);
    if (stream.key == 0) {
      stream.key = ++last_key_;
      stream.is_new = true;
    }
    stream.head = {{stream.head.version.value + 1}, set.commit};
    stream.written = true;
    write_event(event, set, position, metadata, stream);
    ++position.value;
  }
  if (set.request) {
    requests_.position.add(to_sql(done.first.value));
    requests_.count.add(to_sql(done.count));
    requests_.commit.add(bytes_of(set.commit.bytes));
    requests_.digest.add(bytes_of(set.request->digest));
    requests_.id.add(set.request->id.text());
    requests_.versions.add_json(detail::versions_json(done.streams));
    view.add(set.request->id, {set.request->digest, done});
  }
}

void append_statements::write_event(const new_event& event, const write_set& set,
                                    log_position position, std::string_view metadata,
                                    const detail::batch_stream& stream) {
  const auto is_json = event.encoding == encoding::json;
  auto& rows = is_json ? json_events_ : bytes_events_;
  rows.add({.position = position,
            .stream = stream.key,
            .version = stream.head.version,
            .type_version = event.type_version,
            .commit = set.commit,
            .id = event.id,
            .type = event.type,
            .metadata = metadata});
  if (is_json)
    rows.payload.add_json(event.payload);
  else
    rows.payload.add(event.payload);
  rows.bytes += event.payload.size();
  if (rows.bytes >= most_row_bytes)
    send_events(rows, is_json ? insert_json_events : insert_bytes_events);
}

auto append_statements::leaving() -> trip& {
  if (!leaving_)
    leaving_.emplace(on_);
  return *leaving_;
}

void append_statements::send_events(event_rows& rows, const statement& insert) {
  if (rows.position.is_empty())
    return;
  leaving().add(insert, rows.values().time(now_));
  ++sent_;
  rows.clear();
}

void append_statements::send_streams(batch_view& view) {
  for (const auto& stream : view.streams()) {
    if (!stream.written)
      continue;
    auto& rows = stream.is_new ? new_streams_ : old_streams_;
    rows.add(stream.key, stream.head);
    if (stream.is_new) {
      rows.kind.add(stream.id->kind());
      rows.id.add(stream.id->text());
    }
  }
  if (!new_streams_.key.is_empty()) {
    add_new_streams(leaving(), new_streams_);
    ++sent_;
  }
  if (!old_streams_.key.is_empty()) {
    add_old_streams(leaving(), old_streams_);
    ++sent_;
  }
}

void append_statements::send_requests() {
  auto& rows = requests_;
  if (rows.id.is_empty())
    return;
  leaving().add(insert_requests, parameters{}
                                   .list(rows.position)
                                   .list(rows.count)
                                   .list(rows.commit)
                                   .list(rows.digest)
                                   .list(rows.id)
                                   .list(rows.versions)
                                   .time(now_));
  ++sent_;
}

auto append_statements::leave(batch_view& view, const log_head& head)
  -> std::optional<failed_commit> {
  on_.take_warning();
  bool committing = false;
  try {
    send_events(json_events_, insert_json_events);
    send_events(bytes_events_, insert_bytes_events);
    send_streams(view);
    send_requests();
    if (head.position > known_) {
      leaving().add(move_log_head, parameters{}
                                     .position(head.position.value)
                                     .id(head.commit.bytes)
                                     .time(head.recorded_at)
                                     .number(last_key_)
                                     .text(channel_));
      ++sent_;
    }
    leaving().add(commit);
    leaving().send();
    for (; sent_ > 0; --sent_)
      leaving().answer();
    committing = true;
    const auto answer = leaving().answer();
    leaving_.reset();
    if (!is_committed(answer))
      return failed_commit{.error = database_error{"it was rolled back"}, .rolled_back = true};
    if (auto warning = on_.take_warning(); !warning.empty())
      return failed_commit{.error = database_error{std::move(warning)}, .there = true};
    return std::nullopt;
  } catch (const database_error& error) {
    // What ends the session may come in a statement's place when its COMMIT was on the way already.
    if (error.is_refusal() && !committing)
      throw;
    return failed_commit{.error = error, .rolled_back = error.is_in_class("40")};
  }
}

void append_statements::give_up() {
  leaving_.reset();
  if (on_.is_lost())
    throw on_.lost();
  if (!on_.in_transaction())
    return;
  trip ending{on_};
  ending.add(roll_back);
  ending.send();
  ending.answer();
}

void append_statements::clear() {
  json_events_.clear();
  bytes_events_.clear();
  new_streams_.clear();
  old_streams_.clear();
  for (auto* column : {&requests_.position, &requests_.count, &requests_.commit, &requests_.digest,
                       &requests_.id, &requests_.versions})
    column->clear();
  sent_ = 0;
}

auto append_statements::find(const write_set& set, log_position known) -> std::optional<committed> {
  std::optional<committed> found;
  {
    trip asking{on_};
    asking.add(begin_writing);
    asking.add(lock_log_head);
    array ids{element::text};
    if (set.request) {
      ids.add(set.request->id.text());
      asking.add(find_requests, parameters{}.list(ids));
    }
    if (!set.events.empty())
      asking.add(find_events_of_commit, parameters{}.position(known.value).id(set.commit.bytes));
    asking.send();
    asking.answer();
    static_cast<void>(log_head_in(asking.answer()));
    if (set.request) {
      batch_view view{0};
      const auto* id = &set.request->id;
      take_requests(asking.answer(), {&id, 1}, view);
      if (const auto* done = view.find(*id); done && done->original.commit == set.commit)
        found = done->original;
    }
    if (!set.events.empty())
      if (auto by_events = commit_in(asking.answer(), set.commit); by_events && !found)
        found = std::move(by_events);
  }
  give_up();
  return found;
}

} // namespace eventcore::postgres
