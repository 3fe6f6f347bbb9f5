#include "restoring.hpp"

#include "new_rows.hpp"
#include "transaction.hpp"

#include "eventcore/detail/append_batch.hpp"
#include "eventcore/detail/archiving.hpp"

#include <map>
#include <string_view>
#include <vector>

namespace eventcore::postgres {

namespace {

const statement find_restoring{"find_restoring", "SELECT restoring FROM log_head"};

constexpr std::string_view time_of_each = "unnest($10::timestamptz[])";

const statement insert_old_json_events{"insert_old_json_events",
                                       insert_events_sql("payload", "jsonb", time_of_each)};
const statement insert_old_bytes_events{"insert_old_bytes_events",
                                        insert_events_sql("payload_bytes", "bytea", time_of_each)};
const statement insert_archived_events{"insert_archived_events",
                                       insert_events_sql("archive", "int8", time_of_each)};

const statement insert_old_requests{
  "insert_old_requests",
  "INSERT INTO requests (position, count, recorded_at, commit_id, digest, id, versions) SELECT * "
  "FROM "
  "unnest($1::int8[], $2::int8[], $3::timestamptz[], $4::uuid[], $5::bytea[], $6::text[], "
  "$7::jsonb[]) ON CONFLICT (id) DO NOTHING"};

const statement insert_archives{
  "insert_archives", "INSERT INTO archives (file, checksum, made_at) SELECT unnest($1::text[]), "
                     "unnest($2::text[]), unnest($3::timestamptz[]) ON CONFLICT (file) DO NOTHING"};

const statement find_archives{
  "find_archives", "SELECT a.file, a.key, a.checksum FROM unnest($1::text[]) AS q(file) JOIN "
                   "archives a ON a.file = q.file"};

const statement move_restored_head{
  "move_restored_head",
  "UPDATE log_head SET position = $1::int8, commit_id = $2::uuid, recorded_at = $3::timestamptz, "
  "stream_key = $4::int8, restoring = $5::text RETURNING pg_notify($6::text, ($1::int8)::text)"};

/// One part on its way into the database.
class restoring_part {
public:
  restoring_part(connection& on, const restore_batch& part, const detail::restored_part& streams)
      : on_{on}, part_{part}, streams_{streams}, transaction_{on} {}

  auto write(const std::string& channel) -> result<log_head> {
    const auto locked = transaction_.ask(lock_log_head);
    head_ = log_head_in(locked);
    last_key_ = locked.number(0, 3);
    if (auto good = detail::check_follows(part_, head_, locked.bytes(0, 5)); !good)
      return std::unexpected{std::move(good.error())};
    for (const auto& event : part_.events)
      if (event.encoding == encoding::json)
        if (auto good = check_can_be_read(event.payload); !good)
          return std::unexpected{std::move(good.error())};
    if (auto good = find_archives_of_events(); !good)
      return std::unexpected{std::move(good.error())};
    if (auto good = write_streams(); !good)
      return std::unexpected{std::move(good.error())};
    write_events();
    write_requests();
    move_head(channel);
    return head_;
  }

private:
  /// Rows of events of one encoding, with their times.
  struct timed_rows {
    timed_rows(element payload_type, const statement& sql) : rows{payload_type}, insert{sql} {}

    event_rows rows;
    array times{element::time};
    const statement& insert;
  };

  auto find_archives_of_events() -> result<> {
    array files{element::text};
    array checksums{element::text};
    array times{element::time};
    for (const auto& each : part_.archives) {
      files.add(each.file);
      checksums.add(each.checksum);
      times.add(to_sql(each.made_at));
    }
    if (!files.is_empty())
      transaction_.ask(insert_archives, parameters{}.list(files).list(checksums).list(times));
    for (const auto& event : part_.events)
      if (event.encoding == encoding::archived)
        if (const auto [place, is_new] = archives_.try_emplace(event.payload, 0); is_new)
          files.add(event.payload);
    return files.is_empty() ? result<>{} : take_archives(files);
  }

  auto take_archives(array& files) -> result<> {
    const auto found = transaction_.ask(find_archives, parameters{}.list(files));
    std::map<std::string_view, std::string_view> checksums;
    for (int row = 0; row < found.count(); ++row) {
      checksums.emplace(found.bytes(row, 0), found.bytes(row, 2));
      if (const auto wanted = archives_.find(found.bytes(row, 0)); wanted != archives_.end())
        wanted->second = found.number(row, 1);
    }
    for (const auto& each : part_.archives)
      if (checksums.at(each.file) != each.checksum)
        return std::unexpected{detail::another_archive(each)};
    for (const auto& event : part_.events)
      if (event.encoding == encoding::archived && archives_.at(event.payload) == 0)
        return std::unexpected{detail::unknown_archive(event)};
    return {};
  }

  auto write_streams() -> result<> {
    const auto& all = streams_.streams;
    if (all.empty())
      return {};
    array ids{element::text};
    for (const auto& each : all)
      ids.add(each.id);
    std::vector<stream_version> versions(all.size());
    keys_.assign(all.size(), 0);
    const auto found = transaction_.ask(find_streams, parameters{}.list(ids));
    for (int row = 0; row < found.count(); ++row) {
      const auto at = static_cast<std::size_t>(found.number(row, 0)) - 1;
      keys_.at(at) = found.number(row, 1);
      versions.at(at) = {found.unsigned_number(row, 2)};
    }
    stream_rows made;
    stream_rows moved;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (auto good = detail::check_follows(all[i], versions[i]); !good)
        return good;
      const auto is_new = keys_[i] == 0;
      if (is_new)
        keys_[i] = ++last_key_;
      auto& rows = is_new ? made : moved;
      rows.add(keys_[i], all[i].after);
      if (is_new) {
        rows.id.add(all[i].id);
        rows.kind.add(kind_of(all[i].id));
      }
    }
    trip sending{on_};
    if (!made.key.is_empty())
      add_new_streams(sending, made);
    if (!moved.key.is_empty())
      add_old_streams(sending, moved);
    sending.send();
    sending.answer();
    if (!made.key.is_empty() && !moved.key.is_empty())
      sending.answer();
    return {};
  }

  void write_events() {
    timed_rows json{element::json, insert_old_json_events};
    timed_rows bytes{element::bytes, insert_old_bytes_events};
    timed_rows archived{element::number, insert_archived_events};
    for (std::size_t i = 0; i < part_.events.size(); ++i) {
      const auto& event = part_.events[i];
      auto& to = event.encoding == encoding::json    ? json
                 : event.encoding == encoding::bytes ? bytes
                                                     : archived;
      add(event, keys_[streams_.stream_of[i]], to);
    }
    for (auto* each : {&json, &bytes, &archived})
      send(*each);
    if (!part_.events.empty()) {
      const auto& last = part_.events.back();
      head_ = {last.position, last.commit, last.recorded_at};
    }
  }

  void add(const recorded_event& event, std::int64_t key, timed_rows& to) {
    to.rows.add({.position = event.position,
                 .stream = key,
                 .version = event.version,
                 .type_version = event.type_version,
                 .commit = event.commit,
                 .id = event.id,
                 .type = event.type,
                 .metadata = event.metadata_json});
    to.times.add(to_sql(event.recorded_at));
    switch (event.encoding) {
    case encoding::json:
      to.rows.payload.add_json(event.payload);
      break;
    case encoding::bytes:
      to.rows.payload.add(event.payload);
      break;
    case encoding::archived:
      to.rows.payload.add(archives_.at(event.payload));
      break;
    }
    to.rows.bytes += event.payload.size();
    if (to.rows.bytes >= most_row_bytes)
      send(to);
  }

  void send(timed_rows& from) {
    if (from.rows.position.is_empty())
      return;
    transaction_.ask(from.insert, from.rows.values().list(from.times));
    from.rows.clear();
    from.times.clear();
  }

  void write_requests() {
    if (part_.requests.empty())
      return;
    array position{element::number};
    array count{element::number};
    array recorded_at{element::time};
    array commit{element::id};
    array digest{element::bytes};
    array id{element::text};
    array versions{element::json};
    for (const auto& each : part_.requests) {
      position.add(to_sql(each.done.first.value));
      count.add(to_sql(each.done.count));
      recorded_at.add(to_sql(each.recorded_at));
      commit.add(bytes_of(each.done.commit.bytes));
      digest.add(bytes_of(each.digest));
      id.add(each.id.text());
      versions.add_json(detail::versions_json(each.done.streams));
    }
    transaction_.ask(insert_old_requests, parameters{}
                                            .list(position)
                                            .list(count)
                                            .list(recorded_at)
                                            .list(commit)
                                            .list(digest)
                                            .list(id)
                                            .list(versions));
  }

  void move_head(const std::string& channel) {
    parameters values;
    values.position(head_.position.value)
      .id(head_.commit.bytes)
      .time(head_.recorded_at)
      .number(last_key_);
    if (part_.last)
      values.null();
    else
      values.text(part_.source);
    transaction_.ask(move_restored_head, values.text(channel));
    transaction_.commit();
  }

  connection& on_;
  const restore_batch& part_;
  const detail::restored_part& streams_;
  transaction transaction_;
  log_head head_;
  std::int64_t last_key_ = 0;
  std::map<std::string_view, std::int64_t> archives_; // that events refer to: their keys
  std::vector<std::int64_t> keys_;                    // of the part's streams
};

} // namespace

auto restore(connection& on, const std::string& channel, const restore_batch& part,
             const detail::restored_part& streams) -> result<log_head> {
  return restoring_part{on, part, streams}.write(channel);
}

auto restoring(connection& on) -> std::string {
  trip asking{on};
  asking.add(find_restoring);
  asking.send();
  const auto found = asking.answer();
  return found.is_empty() ? std::string{} : std::string{found.bytes(0, 0)};
}

} // namespace eventcore::postgres
