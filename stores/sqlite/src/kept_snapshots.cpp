#include "kept_snapshots.hpp"

#include "heads.hpp"
#include "stream_range.hpp"

#include <fmt/format.h>

namespace eventcore::sqlite {

auto list_snapshots(connection& on, const stream_query& wanted) -> std::vector<snapshot_entry> {
  std::vector<snapshot_entry> found;
  const auto fit = conditions_of(wanted, 1);
  query snapshots{
    on, fmt::format("SELECT t.id, n.view, n.fold, n.version, n.commit_id, length(n.payload), "
                    "e.position IS NOT NULL FROM (SELECT s.key, s.id FROM streams s WHERE {} AND "
                    "EXISTS (SELECT 1 FROM snapshots k WHERE k.stream = s.key) ORDER BY s.id LIMIT "
                    "?1) t CROSS JOIN snapshots n ON n.stream = t.key LEFT JOIN events e ON "
                    "e.stream = n.stream AND e.version = n.version AND e.commit_id = n.commit_id "
                    "ORDER BY t.id, n.view",
                    fit.all())};
  bind_texts(snapshots, fit, 1);
  auto rows = snapshots.run(to_sql(wanted.limit));
  while (rows.next())
    found.push_back(
      {.stream = std::string{rows.bytes(0)},
       .view = std::string{rows.bytes(1)},
       .fold = std::string{rows.bytes(2)},
       .head = {{static_cast<std::uint64_t>(rows.number(3))}, {uuid_of(rows.bytes(4))}},
       .bytes = static_cast<std::uint64_t>(rows.number(5)),
       .in_log = rows.number(6) != 0});
  return found;
}

auto find_snapshots(connection& on, const stream_query& wanted) -> std::vector<snapshot_key> {
  std::vector<snapshot_key> found;
  const auto fit = conditions_of(wanted, 0);
  query snapshots{on,
                  fmt::format("SELECT n.stream, n.view FROM streams s CROSS JOIN snapshots n ON "
                              "n.stream = s.key WHERE {}",
                              fit.all())};
  bind_texts(snapshots, fit, 0);
  auto rows = snapshots.run();
  while (rows.next())
    found.push_back({rows.number(0), std::string{rows.bytes(1)}});
  return found;
}

auto drop_snapshots(connection& on, std::span<const snapshot_key> which) -> std::uint64_t {
  std::uint64_t dropped = 0;
  query drop{on, "DELETE FROM snapshots WHERE stream = ?1 AND view = ?2"};
  for (const auto& [stream, view] : which) {
    auto rows = drop.run(stream, std::string_view{view});
    static_cast<void>(rows.next());
    dropped += static_cast<std::uint64_t>(on.changes());
  }
  return dropped;
}

} // namespace eventcore::sqlite
