#include "requests.hpp"

#include "errors.hpp"
#include "heads.hpp"

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

auto microseconds_of(timestamp time) -> std::int64_t { return time.time_since_epoch().count(); }

auto id_in(const query::rows& row) -> request_id {
  auto id = request_id::of(row.bytes(0));
  if (!id)
    raise(errc::store_corrupt,
          fmt::format("a request's id is damaged: {}; restore a backup", id.error().detail));
  return std::move(*id);
}

} // namespace

auto list_requests(connection& on, std::string_view after, std::size_t limit)
  -> std::vector<recorded_request> {
  std::vector<recorded_request> found;
  query requests{on, "SELECT r.id, r.digest, r.commit_id, r.position, r.count, r.recorded_at, "
                     "v.key, v.value FROM (SELECT * FROM requests WHERE id > ?1 ORDER BY id LIMIT "
                     "?2) r LEFT JOIN json_each(r.versions) v ORDER BY r.id, v.id"};
  auto rows = requests.run(after, to_sql(limit));
  while (rows.next()) { // a row for each stream that the request wrote to
    if (found.empty() || found.back().id.text() != rows.bytes(0))
      found.push_back({.id = id_in(rows),
                       .digest = uuid_of(rows.bytes(1)),
                       .done = {.commit = {uuid_of(rows.bytes(2))},
                                .first = {static_cast<std::uint64_t>(rows.number(3))},
                                .count = static_cast<std::uint64_t>(rows.number(4))},
                       .recorded_at = timestamp{std::chrono::microseconds{rows.number(5)}}});
    if (!rows.is_null(6))
      found.back().done.streams.push_back({stream_id::trusted(std::string{rows.bytes(6)}),
                                           {static_cast<std::uint64_t>(rows.number(7))}});
  }
  return found;
}

auto find_requests_before(connection& on, timestamp time, std::size_t limit)
  -> std::vector<std::string> {
  std::vector<std::string> found;
  query old{on, "SELECT id FROM requests WHERE recorded_at < ?1 LIMIT ?2"};
  auto rows = old.run(microseconds_of(time), to_sql(limit));
  while (rows.next())
    found.emplace_back(rows.bytes(0));
  return found;
}

auto forget_requests_before(connection& on, std::span<const std::string> ids, timestamp time)
  -> std::uint64_t {
  std::uint64_t forgotten = 0;
  query forget{on, "DELETE FROM requests WHERE id = ?1 AND recorded_at < ?2"};
  for (const auto& id : ids) {
    auto rows = forget.run(std::string_view{id}, microseconds_of(time));
    static_cast<void>(rows.next());
    forgotten += static_cast<std::uint64_t>(on.changes());
  }
  return forgotten;
}

} // namespace eventcore::sqlite
