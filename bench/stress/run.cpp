#include "run.hpp"

#include "load_run.hpp"
#include "machine.hpp"
#include "stress/limits.hpp"
#include "stress/postgres_limits.hpp"
#include "stress/scratch.hpp"

#include <cstdio>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

namespace stress {

auto begin_report(const options& given) -> report {
  report begun{.scenario = std::string{to_string(given.scenario)},
               .store = given.shown_store(),
               .machine = bench::machine(),
               .concurrency = given.concurrency,
               .seed = given.seed};
  fmt::print("machine: {}\n", begun.machine);
  if (given.kind() == store_kind::sqlite) {
    begun.fsync_us = static_cast<std::uint64_t>(bench::fsync_cost(given.folder()).count());
    fmt::print("fsync in {}: {} us\nSQL of raw: {}\n", given.folder().string(), *begun.fsync_us,
               bench::insert_sql);
  }
  if (given.kind() == store_kind::postgres) {
    const auto facts = bench::facts_of_server(bench::scratch_schema{given.store});
    begun.server = facts.text;
    begun.commit_us = static_cast<std::uint64_t>(facts.commit.count());
    begun.fsync_us = static_cast<std::uint64_t>(facts.for_disk.count());
    fmt::print("server: {}\ncommit of one row: {} us, {} us of it for the disk\n"
               "SQL of raw, prepared, binary, one round trip: {}\nof one row: {}\n",
               facts.text, *begun.commit_us, *begun.fsync_us, bench::insert_rows_sql,
               bench::insert_row_sql);
  }
  std::fflush(stdout);
  return begun;
}

auto run(const options& given) -> report {
  if (given.scenario == scenario::raw || given.scenario == scenario::section)
    return run_sizes(given);
  if (given.scenario == scenario::reading)
    return run_reading(given);
  if (given.scenario == scenario::projection)
    return run_projections(given);
  if (given.scenario == scenario::cold)
    return run_cold(given);
  if (given.processes > 1)
    return run_processes(given);
  return load_run{given}.run();
}

auto compare(const options& given) -> std::vector<report> {
  std::vector<report> runs;
  if (given.kind() == store_kind::postgres)
    runs.push_back(run(given));
  auto on_sqlite = given;
  std::optional<bench::scratch_folder> folder;
  if (given.kind() != store_kind::sqlite) {
    folder.emplace(fmt::format("eventcore-compare-{}.tmp", getpid()));
    on_sqlite.store = "sqlite:" + folder->file().string();
  }
  runs.push_back(run(on_sqlite));
  auto on_memory = given;
  on_memory.store = "memory:";
  runs.push_back(run(on_memory));
  return runs;
}

auto check_memory(const options& given, const std::vector<memory_sample>& samples)
  -> std::optional<check> {
  if (given.is_memory() || samples.size() < 2)
    return std::nullopt;
  constexpr double noise = 8 * 1024 * 1024; // of the allocator, and of what is in flight
  const auto half = samples[(samples.size() - 1) / 2].rss_bytes;
  const auto end = samples.back().rss_bytes;
  check flat{.name = "memory_flat",
             .pass = static_cast<double>(end) <= 1.05 * static_cast<double>(half) + noise};
  if (!flat.pass)
    flat.detail = fmt::format("{} bytes resident half-way, {} at the end", half, end);
  return flat;
}

} // namespace stress
