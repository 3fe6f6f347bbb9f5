// The SQLite store beside what SQLite does through SOCI with the same rows, tables, indexes,
// triggers and settings: `raw` is the bare insert into (or fetch from) the events table, `section`
// the store's own `append` (or `read`). Both take turns in one run; medians and their ratio count.
//
//     sqlite_bench [DIRECTORY]      the database files are made there, the working directory if none

#include "machine.hpp"

#include "eventcore/ids.hpp"
#include "eventcore/stores/sqlite.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace ec = eventcore;
namespace fs = std::filesystem;

namespace {

using seconds = std::chrono::duration<double>;
using clock_type = std::chrono::steady_clock;

constexpr auto insert_sql =
  "INSERT INTO events (position, stream, version, commit_id, event_id, type, type_version, "
  "encoding, payload, recorded_at, metadata) VALUES (:position, :stream, :version, "
  "CAST(:commit_id AS BLOB), CAST(:event_id AS BLOB), :type, :type_version, :encoding, :payload, "
  ":recorded_at, NULL)";
constexpr auto select_sql =
  "SELECT position, version, commit_id, event_id, type, type_version, encoding, recorded_at, "
  "payload, metadata FROM events WHERE stream = :stream ORDER BY version";

const std::string payload = "{\"note\":\"" + std::string(200 - 11, 'x') + "\"}";

auto must(auto outcome) {
  if (!outcome) {
    std::fputs(outcome.error().text().c_str(), stderr);
    std::exit(1);
  }
  return std::move(*outcome);
}

auto time_of(auto&& act) -> double {
  const auto begin = clock_type::now();
  act();
  return seconds{clock_type::now() - begin}.count();
}

auto median(std::vector<double> values) -> double {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// A database file of its own, gone with the object.
class database {
public:
  explicit database(const fs::path& directory) : directory_{directory / "sqlite_bench.tmp"} {
    fs::remove_all(directory_);
    fs::create_directory(directory_);
  }
  ~database() { fs::remove_all(directory_); }

  auto file() const -> fs::path { return directory_ / "bench.db"; }

  /// Copying the write-ahead log into the file is left out on both sides.
  auto open() const -> std::shared_ptr<ec::event_store> {
    ec::sqlite::sqlite_settings settings;
    settings.wal_bytes = std::size_t{4} << 30;
    settings.wal_age = std::chrono::hours{24};
    return must(ec::sqlite::open(file(), settings));
  }

private:
  fs::path directory_;
};

/// The store's own settings on a plain session of SOCI.
void set_up(soci::session& sql) {
  for (const auto* pragma : {"synchronous = FULL", "wal_autocheckpoint = 0", "cache_size = -8192",
                             "recursive_triggers = ON"})
    sql << "PRAGMA " << pragma;
}

/// Which streams the events of a batch go to.
struct shape {
  const char* name;
  std::size_t rows;    ///< write sets in a batch, one event each
  std::size_t streams; ///< that all events share; 0: each has a new one of its own
  int batches;
  double gate;
};

/// Both sides write the same rows, batch by batch.
struct rows {
  explicit rows(const shape& of) : of_{of} {}

  auto next() -> std::vector<ec::write_set> {
    std::vector<ec::write_set> batch(of_.rows);
    for (auto& set : batch) {
      const auto number = count_++;
      const auto key = of_.streams == 0 ? number : number % of_.streams;
      if (key >= heads_.size())
        heads_.emplace_back();
      auto& head = heads_[key];
      set.commit = ec::random_ids().next_commit();
      set.reads.push_back({must(ec::stream_id::of(fmt::format("account-home-{:08}", key))), head});
      set.events.push_back(
        {.id = ec::random_ids().next_event({}), .type = "money_deposited", .payload = payload});
      head = {{head.version.value + 1}, set.commit};
      keys.push_back(static_cast<long long>(key) + 1);
      versions.push_back(static_cast<long long>(head.version.value));
    }
    return batch;
  }

  std::vector<long long> keys;
  std::vector<long long> versions;

private:
  const shape& of_;
  std::size_t count_ = 0;
  std::vector<ec::stream_head> heads_;
};

auto time_section(const fs::path& directory, const shape& of) -> std::vector<double> {
  const database where{directory};
  const auto store = where.open();
  rows source{of};
  std::vector<double> times;
  for (int i = 0; i < of.batches; ++i) {
    const auto batch = source.next();
    std::vector<ec::append_outcome> outcomes;
    times.push_back(time_of([&] { outcomes = store->append(batch); }));
    for (const auto& outcome : outcomes)
      if (!std::holds_alternative<ec::committed>(outcome))
        std::abort();
  }
  return times;
}

// SOCI's vectors are its fastest form; for one row a plain statement is. The data is in place before
// the clock runs.
auto time_raw(const fs::path& directory, const shape& of) -> std::vector<double> {
  const database where{directory};
  const auto tables = where.open();
  soci::session sql{soci::sqlite3, "db=" + where.file().string()};
  set_up(sql);
  const auto bytes_of = [](const ec::uuid_bytes& id) {
    return std::string{reinterpret_cast<const char*>(id.data()), id.size()};
  };
  std::vector<long long> position(of.rows), stream(of.rows), version(of.rows);
  std::vector<long long> type_version(of.rows, 1), encoding(of.rows, 1), recorded_at(of.rows);
  std::vector<std::string> commit(of.rows), event(of.rows), type(of.rows), text(of.rows);
  soci::statement begin{sql}, end{sql};
  for (auto [statement, control] : {std::pair{&begin, "BEGIN IMMEDIATE"}, {&end, "COMMIT"}}) {
    statement->alloc();
    statement->prepare(control);
    statement->define_and_bind();
  }
  using soci::use;
  soci::statement all =
    (sql.prepare << insert_sql, use(position), use(stream), use(version), use(commit), use(event),
     use(type), use(type_version), use(encoding), use(text), use(recorded_at));
  soci::statement one = (sql.prepare << insert_sql, use(position[0]), use(stream[0]),
                         use(version[0]), use(commit[0]), use(event[0]), use(type[0]),
                         use(type_version[0]), use(encoding[0]), use(text[0]), use(recorded_at[0]));
  rows source{of};
  std::vector<double> times;
  long long last = 0;
  for (int i = 0; i < of.batches; ++i) {
    const auto first = source.keys.size();
    const auto batch = source.next();
    for (std::size_t row = 0; row < of.rows; ++row) {
      position[row] = ++last;
      stream[row] = source.keys[first + row];
      version[row] = source.versions[first + row];
      commit[row] = bytes_of(batch[row].commit.bytes);
      event[row] = bytes_of(batch[row].events[0].id.bytes);
      type[row] = batch[row].events[0].type;
      text[row] = batch[row].events[0].payload;
      recorded_at[row] = 1'700'000'000'000'000;
    }
    times.push_back(time_of([&] {
      begin.execute(true);
      (of.rows == 1 ? one : all).execute(true);
      end.execute(true);
    }));
  }
  return times;
}

auto time_fetch(const fs::path& file, long long key, int reads) -> std::vector<double> {
  soci::session sql{soci::sqlite3, "db=" + file.string()};
  long long position = 0, version = 0, type_version = 0, encoding = 0, recorded_at = 0;
  std::string commit, event, type, text, metadata;
  soci::indicator has_metadata = soci::i_null;
  using soci::into;
  soci::statement fetch =
    (sql.prepare << select_sql, soci::use(key), into(position), into(version), into(commit),
     into(event), into(type), into(type_version), into(encoding), into(recorded_at), into(text),
     into(metadata, has_metadata));
  std::vector<double> times;
  for (int i = 0; i < reads; ++i)
    times.push_back(time_of([&] {
      fetch.execute();
      while (fetch.fetch()) {
      }
    }));
  return times;
}

auto time_read(const fs::path& file, const ec::stream_id& stream, int reads)
  -> std::vector<double> {
  const auto store = must(ec::sqlite::open(file));
  std::vector<double> times;
  for (int i = 0; i < reads; ++i)
    times.push_back(time_of([&] {
      if (must(store->read({.stream = stream})).events.size() != 1000)
        std::abort();
    }));
  return times;
}

/// One side after the other, several times; prints rows per second, the ratio and the gate.
void compare(const char* name, double rows_each, double gate, int rounds,
             const std::function<std::vector<double>()>& raw,
             const std::function<std::vector<double>()>& section) {
  std::vector<double> raw_times;
  std::vector<double> section_times;
  for (int round = 0; round < rounds; ++round) {
    for (const auto time : raw())
      raw_times.push_back(time);
    for (const auto time : section())
      section_times.push_back(time);
  }
  const auto by_raw = rows_each / median(raw_times);
  const auto by_section = rows_each / median(section_times);
  fmt::print("{:<52} {:>10.0f}/s {:>10.0f}/s {:>6.1f} % (gate {:.0f} %)\n", name, by_raw,
             by_section, 100 * by_section / by_raw, gate);
  std::fflush(stdout);
}

void compare_reading(const fs::path& directory, int rounds) {
  const database where{directory};
  const shape ten{"", 1000, 10, 10, 0};
  rows source{ten};
  const auto store = where.open();
  for (int i = 0; i < ten.batches; ++i) // 1,000 events on each of ten streams, lying mixed
    for (const auto& outcome : store->append(source.next()))
      if (!std::holds_alternative<ec::committed>(outcome))
        std::abort();
  const auto stream = must(ec::stream_id::of("account-home-00000003"));
  compare(
    "read a stream of 1,000 events", 1000, 85, rounds,
    [&] { return time_fetch(where.file(), 4, 100); },
    [&] { return time_read(where.file(), stream, 100); });
}

} // namespace

auto main(int argc, char** argv) -> int {
  const auto directory = argc > 1 ? fs::path{argv[1]} : fs::current_path();
  bench::print_machine();
  fmt::print("fsync in {}: {} us\n", directory.string(), bench::fsync_cost(directory).count());
  fmt::print("SQL of raw: {}\n            {}\n", insert_sql, select_sql);
  fmt::print("{:<52} {:>12} {:>12}\n", "rows per second, medians", "raw", "section");
  for (const auto& of : {
         shape{"append 1,000 of 200 B, each on its own new stream", 1000, 0, 10, 45},
         shape{"append 1,000 of 200 B, all on 10 streams", 1000, 10, 10, 65},
         shape{"append one of 200 B, on its own new stream", 1, 0, 300, 70},
         shape{"append one of 200 B, on one stream", 1, 1, 300, 70},
       })
    compare(
      of.name, static_cast<double>(of.rows), of.gate, 8, [&] { return time_raw(directory, of); },
      [&] { return time_section(directory, of); });
  compare_reading(directory, 8);
}
