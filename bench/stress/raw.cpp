#include "stress/clock.hpp"
#include "stress/limits.hpp"

#include "eventcore/stores/sqlite.hpp"

#include <string>
#include <utility>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace bench {

namespace {

/// The store's own settings on a plain session of SOCI.
void set_up(soci::session& sql) {
  for (const auto* pragma : {"synchronous = FULL", "wal_autocheckpoint = 0", "cache_size = -8192",
                             "recursive_triggers = ON"})
    sql << "PRAGMA " << pragma;
}

auto bytes_of(const ec::uuid_bytes& id) -> std::string {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

/// The columns of a batch, where SOCI's statements find them.
struct columns {
  explicit columns(std::size_t rows)
      : position(rows), stream(rows), version(rows), type_version(rows, 1), encoding(rows, 1),
        recorded_at(rows, 1'700'000'000'000'000), commit(rows), event(rows), type(rows),
        text(rows) {}

  void fill(const std::vector<row>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      position[i] = ++last;
      stream[i] = rows[i].stream;
      version[i] = rows[i].version;
      commit[i] = bytes_of(rows[i].set->commit.bytes);
      event[i] = bytes_of(rows[i].event->id.bytes);
      type[i] = rows[i].event->type;
      text[i] = rows[i].event->payload;
    }
  }

  std::vector<long long> position, stream, version, type_version, encoding, recorded_at;
  std::vector<std::string> commit, event, type, text;
  long long last = 0;
};

/// SOCI's vectors are its fastest form; for one row a plain statement is.
auto insert_into(soci::session& sql, columns& data) -> soci::statement {
  using soci::use;
  if (data.position.size() == 1)
    return (sql.prepare << insert_sql, use(data.position[0]), use(data.stream[0]),
            use(data.version[0]), use(data.commit[0]), use(data.event[0]), use(data.type[0]),
            use(data.type_version[0]), use(data.encoding[0]), use(data.text[0]),
            use(data.recorded_at[0]));
  return (sql.prepare << insert_sql, use(data.position), use(data.stream), use(data.version),
          use(data.commit), use(data.event), use(data.type), use(data.type_version),
          use(data.encoding), use(data.text), use(data.recorded_at));
}

} // namespace

auto open_without_checkpoints(const std::filesystem::path& file)
  -> std::shared_ptr<ec::event_store> {
  ec::sqlite::sqlite_settings settings;
  settings.wal_bytes = std::size_t{4} << 30;
  settings.wal_age = std::chrono::hours{24};
  return ec::unwrap(ec::sqlite::open(file, settings));
}

auto time_raw(const std::filesystem::path& file, const shape& of, const until& end)
  -> std::vector<double> {
  const auto tables = open_without_checkpoints(file);
  soci::session sql{soci::sqlite3, "db=" + file.string()};
  set_up(sql);
  soci::statement begin{sql}, commit{sql};
  for (auto [statement, control] : {std::pair{&begin, "BEGIN IMMEDIATE"}, {&commit, "COMMIT"}}) {
    statement->alloc();
    statement->prepare(control);
    statement->define_and_bind();
  }
  columns data{of.rows()};
  auto insert = insert_into(sql, data);
  write_set_source source{of};
  std::vector<double> times;
  const auto stop = std::chrono::steady_clock::now() + end.time;
  do {
    source.next();
    data.fill(source.rows());
    times.push_back(time_of([&] {
      begin.execute(true);
      insert.execute(true);
      commit.execute(true);
    }));
  } while (times.size() < end.batches && std::chrono::steady_clock::now() < stop);
  return times;
}

} // namespace bench
