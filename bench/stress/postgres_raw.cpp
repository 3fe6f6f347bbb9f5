#include "stress/clock.hpp"
#include "stress/postgres_binary.hpp"
#include "stress/postgres_limits.hpp"
#include "stress/postgres_session.hpp"
#include "stress/postgres_url.hpp"

#include <array>
#include <cstdint>
#include <span>

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

namespace bench {

namespace {

constexpr std::int64_t recorded_at = 750'000'000'000'000; // microseconds since 2000
constexpr std::int32_t type_version = 1;

auto bytes_of(const ec::uuid_bytes& id) -> std::string_view {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

/// What every connection of the store sets, as far as inserts depend on it.
auto settings_in(const scratch_schema& where) -> std::array<std::string, 2> {
  return {fmt::format("SET search_path TO {}", where.name()), "SET synchronous_commit TO on"};
}

/// The parameters of the statement: a value each for one row, else an array each.
class columns {
public:
  void fill(std::span<const row> rows) {
    values_.clear();
    const auto add = [&](const pg::type& type, const auto& column) {
      values_.push_back(rows.size() == 1 ? pg::single(type, column(rows.front()))
                                         : pg::array(type, rows, column));
    };
    add(pg::int8,
        [&](const row& one) { return last_ + 1 + static_cast<std::int64_t>(&one - rows.data()); });
    add(pg::int8, [](const row& one) { return std::int64_t{one.stream}; });
    add(pg::int8, [](const row& one) { return std::int64_t{one.version}; });
    add(pg::uuid, [](const row& one) { return bytes_of(one.set->commit.bytes); });
    add(pg::uuid, [](const row& one) { return bytes_of(one.event->id.bytes); });
    add(pg::text, [](const row& one) { return std::string_view{one.event->type}; });
    add(pg::int4, [](const row&) { return type_version; });
    add(pg::jsonb, [](const row& one) { return pg::json{one.event->payload}; });
    add(pg::timestamptz, [](const row&) { return recorded_at; });
    last_ += static_cast<std::int64_t>(rows.size());
  }

  auto values() const -> const std::vector<binary_value>& { return values_; }

private:
  std::vector<binary_value> values_;
  std::int64_t last_ = 0; ///< position
};

/// Calls `commit(rows)` for batch after batch, and returns what each took. `make(rows)` is not counted.
template <class Make, class Commit>
auto time_batches(const shape& of, const until& end, const Make& make, const Commit& commit)
  -> std::vector<double> {
  write_set_source source{of};
  std::vector<double> times;
  const auto stop = std::chrono::steady_clock::now() + end.time;
  do {
    source.next();
    make(source.rows());
    times.push_back(time_of(commit));
  } while (times.size() < end.batches && std::chrono::steady_clock::now() < stop);
  return times;
}

} // namespace

auto time_raw(const scratch_schema& where, const shape& of, const until& end)
  -> std::vector<double> {
  postgres_session sql{where.url()};
  for (const auto& setting : settings_in(where))
    sql.run(setting);
  columns data;
  bool is_prepared = false;
  const auto make = [&](const std::vector<row>& rows) {
    data.fill(rows);
    if (!is_prepared)
      sql.prepare(rows.size() == 1 ? insert_row_sql : insert_rows_sql, data.values());
    is_prepared = true;
  };
  return time_batches(of, end, make, [&] { sql.execute(data.values()); });
}

auto time_plain(const scratch_schema& where, const until& end) -> std::vector<double> {
  soci::session sql{soci::postgresql, conninfo_of(where.url())};
  for (const auto& setting : settings_in(where))
    sql << setting;
  long long position = 0;
  row data;
  std::string commit, event, type, payload;
  using soci::use;
  soci::statement insert =
    (sql.prepare << "INSERT INTO events (position, stream, version, commit_id, event_id, type, "
                    "type_version, payload, recorded_at) VALUES (:position, :stream, :version, "
                    "CAST(:commit AS uuid), CAST(:event AS uuid), :type, 1, "
                    "CAST(:payload AS jsonb), '2023-10-08')",
     use(position), use(data.stream), use(data.version), use(commit), use(event), use(type),
     use(payload));
  const auto make = [&](const std::vector<row>& rows) {
    data = rows.front();
    ++position;
    commit = data.set->commit.text();
    event = data.event->id.text();
    type = data.event->type;
    payload = data.event->payload;
  };
  return time_batches({}, end, make, [&] {
    sql.begin();
    insert.execute(true);
    sql.commit();
  });
}

} // namespace bench
