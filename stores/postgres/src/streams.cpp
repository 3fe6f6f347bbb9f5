#include "streams.hpp"

#include "stream_range.hpp"
#include "transaction.hpp"

namespace eventcore::postgres {

namespace {

// By the index on ids; each stream's events are looked up by its key and version.
const stream_statements list_some_streams{
  "list_streams",
  "SELECT s.id, s.version, s.commit_id, l.position, l.recorded_at, l.type = '$closed', f.archive "
  "IS "
  "NOT NULL FROM streams s JOIN events l ON l.stream = s.key AND l.version = s.version JOIN events "
  "f ON f.stream = s.key AND f.version = 1 WHERE ",
  " ORDER BY s.id LIMIT $1::int8"};

const statement count_kinds{
  "count_kinds",
  "SELECT kind, count(*), sum(version)::int8 FROM streams GROUP BY kind ORDER BY kind"};

const statement count_others{
  "count_others",
  "SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM snapshots), (SELECT "
  "coalesce(sum(octet_length(payload)), 0)::int8 FROM snapshots), (SELECT count(*) FROM archives), "
  "(SELECT sum(pg_total_relation_size(oid))::int8 FROM pg_class WHERE relkind = 'r' AND "
  "relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'events'::regclass)), (SELECT "
  "max(number) FROM migrations)"};

} // namespace

auto list_streams(connection& on, const stream_query& query) -> std::vector<stream_entry> {
  stream_range range{query};
  if (!range.can_fit())
    return {};
  trip asking{on};
  asking.add(list_some_streams.of(range), range.with(query.limit));
  asking.send();
  const auto found = asking.answer();
  std::vector<stream_entry> all;
  all.reserve(static_cast<std::size_t>(found.count()));
  for (int row = 0; row < found.count(); ++row)
    all.push_back({.id = std::string{found.bytes(row, 0)},
                   .head = {{found.unsigned_number(row, 1)}, {found.id(row, 2)}},
                   .last = {found.unsigned_number(row, 3)},
                   .changed_at = found.time(row, 4),
                   .closed = found.truth(row, 5),
                   .archived = found.truth(row, 6)});
  return all;
}

auto statistics(connection& on) -> store_statistics {
  trip asking{on};
  asking.add(begin_reading);
  asking.add(allow_scans);
  asking.add(find_log_head);
  asking.add(count_kinds);
  asking.add(count_others);
  asking.add(commit);
  asking.send();
  asking.answer();
  asking.answer();
  store_statistics all;
  all.head = log_head_in(asking.answer());
  const auto kinds = asking.answer();
  for (int row = 0; row < kinds.count(); ++row)
    all.kinds.push_back({.name = std::string{kinds.bytes(row, 0)},
                         .streams = kinds.unsigned_number(row, 1),
                         .events = kinds.unsigned_number(row, 2)});
  const auto others = asking.answer();
  all.requests = others.unsigned_number(0, 0);
  all.snapshots = others.unsigned_number(0, 1);
  all.snapshot_bytes = others.unsigned_number(0, 2);
  all.archives = others.unsigned_number(0, 3);
  all.bytes = others.unsigned_number(0, 4);
  all.schema = static_cast<int>(others.number(0, 5));
  asking.answer();
  return all;
}

} // namespace eventcore::postgres
