// The SQLite store beside what SQLite does through SOCI with the same rows, tables, indexes,
// triggers and settings: `raw` is the bare insert into (or fetch from) the events table, `section`
// the store's own `append` (or `read`). Both take turns in one run; medians and their ratio count.
//
//     sqlite_bench [DIRECTORY]      the database files are made there, the working directory if none

#include "machine.hpp"
#include "stress/clock.hpp"
#include "stress/limits.hpp"
#include "stress/scratch.hpp"

#include "eventcore/stores/sqlite.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace ec = eventcore;
namespace fs = std::filesystem;

namespace {

using bench::time_of;

constexpr auto select_sql =
  "SELECT position, version, commit_id, event_id, type, type_version, encoding, recorded_at, "
  "payload, metadata FROM events WHERE stream = :stream ORDER BY version";

auto median(std::vector<double> values) -> double {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

auto scratch_in(const fs::path& directory) -> bench::scratch_folder {
  return bench::scratch_folder{directory / "sqlite_bench.tmp"};
}

// Copying the write-ahead log into the file is left out on both sides.
auto time_section(const fs::path& directory, const bench::shape& of, std::size_t batches)
  -> std::vector<double> {
  const auto where = scratch_in(directory);
  return bench::time_section(*bench::open_without_checkpoints(where.file()), of,
                             {.batches = batches});
}

auto time_raw(const fs::path& directory, const bench::shape& of, std::size_t batches)
  -> std::vector<double> {
  const auto where = scratch_in(directory);
  return bench::time_raw(where.file(), of, {.batches = batches});
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
  const auto store = ec::unwrap(ec::sqlite::open(file));
  std::vector<double> times;
  for (int i = 0; i < reads; ++i)
    times.push_back(time_of([&] {
      if (ec::unwrap(store->read({.stream = stream})).events.size() != 1000)
        throw std::runtime_error{"the stream does not hold 1,000 events"};
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
  const auto where = scratch_in(directory);
  // 1,000 events on each of ten streams, lying mixed
  bench::time_section(*bench::open_without_checkpoints(where.file()), {.sets = 1000, .streams = 10},
                      {.batches = 10});
  const auto stream = ec::unwrap(ec::stream_id::of("account-home-00000003"));
  compare(
    "read a stream of 1,000 events", 1000, 85, rounds,
    [&] { return time_fetch(where.file(), 4, 100); },
    [&] { return time_read(where.file(), stream, 100); });
}

struct comparison {
  const char* name;
  bench::shape of;
  std::size_t batches;
  double gate;
};

} // namespace

auto main(int argc, char** argv) -> int try {
  const auto directory = argc > 1 ? fs::path{argv[1]} : fs::current_path();
  bench::print_machine();
  fmt::print("fsync in {}: {} us\n", directory.string(), bench::fsync_cost(directory).count());
  fmt::print("SQL of raw: {}\n            {}\n", bench::insert_sql, select_sql);
  fmt::print("{:<52} {:>12} {:>12}\n", "rows per second, medians", "raw", "section");
  for (const auto& [name, of, batches, gate] : {
         comparison{"append 1,000 of 200 B, each on its own new stream", {.sets = 1000}, 10, 45},
         comparison{
           "append 1,000 of 200 B, all on 10 streams", {.sets = 1000, .streams = 10}, 10, 65},
         comparison{"append one of 200 B, on its own new stream", {}, 300, 70},
         comparison{"append one of 200 B, on one stream", {.streams = 1}, 300, 70},
       })
    compare(
      name, static_cast<double>(of.rows()), gate, 8,
      [&] { return time_raw(directory, of, batches); },
      [&] { return time_section(directory, of, batches); });
  compare_reading(directory, 8);
} catch (const std::exception& error) {
  fmt::print(stderr, "sqlite_bench: {}\n", error.what());
  return 1;
}
