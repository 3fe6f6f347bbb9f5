#include "stream_lists.hpp"

#include "heads.hpp"
#include "schema.hpp"
#include "stream_range.hpp"

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

constexpr auto as_count(std::int64_t number) -> std::uint64_t {
  return static_cast<std::uint64_t>(number);
}

auto stream_list(const conditions& fit) -> std::string {
  return fmt::format(
    "SELECT s.id, s.version, s.commit_id, e.position, e.recorded_at, e.type = '{}', "
    "(SELECT f.encoding = 3 FROM events f WHERE f.stream = s.key AND f.version = 1) "
    "FROM streams s LEFT JOIN events e ON e.stream = s.key AND e.version = s.version "
    "WHERE {} ORDER BY s.id LIMIT ?1",
    closed_event, fit.all());
}

} // namespace

auto stream_list_sql(const stream_query& wanted) -> std::string {
  return stream_list(conditions_of(wanted, 1));
}

auto list_streams(connection& on, const stream_query& wanted) -> std::vector<stream_entry> {
  std::vector<stream_entry> found;
  const auto fit = conditions_of(wanted, 1);
  query streams{on, stream_list(fit)};
  bind_texts(streams, fit, 1);
  auto rows = streams.run(to_sql(wanted.limit));
  while (rows.next())
    found.push_back({.id = std::string{rows.bytes(0)},
                     .head = {{as_count(rows.number(1))}, {uuid_of(rows.bytes(2))}},
                     .last = {as_count(rows.number(3))},
                     .changed_at = timestamp{std::chrono::microseconds{rows.number(4)}},
                     .closed = rows.number(5) != 0,
                     .archived = rows.number(6) != 0});
  return found;
}

// The versions of a stream are without gap, so nothing needs to look at the events.
auto count_all(connection& on) -> store_statistics {
  query head{on, log_head_sql};
  store_statistics counted{.head = read_log_head(head), .kinds = {}};
  query kinds{on, "SELECT kind, count(*), sum(version) FROM streams GROUP BY kind ORDER BY kind"};
  for (auto rows = kinds.run(); rows.next();)
    counted.kinds.push_back(
      {std::string{rows.bytes(0)}, as_count(rows.number(1)), as_count(rows.number(2))});
  counted.requests = as_count(on.number("SELECT count(*) FROM requests"));
  counted.snapshots = as_count(on.number("SELECT count(*) FROM snapshots"));
  counted.snapshot_bytes =
    as_count(on.number("SELECT coalesce(sum(length(payload)), 0) FROM snapshots"));
  counted.archives = as_count(on.number("SELECT count(*) FROM archives"));
  counted.bytes = as_count(on.number("PRAGMA page_count") * on.number("PRAGMA page_size"));
  counted.schema = static_cast<int>(migrations().size());
  return counted;
}

} // namespace eventcore::sqlite
