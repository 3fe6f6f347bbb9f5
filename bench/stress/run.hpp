#pragma once

#include "options.hpp"
#include "report.hpp"

#include <optional>
#include <vector>

namespace stress {

/// Runs the scenario on its store: clients, the limits measured in turn with them, and the checks at the end. Prints what
/// it does meanwhile. Throws `wrong_store`, `failure_error`, `system_error`.
auto run(const options& given) -> report;

/// The same on the store that was named, on SQLite and on memory.
auto compare(const options& given) -> std::vector<report>;

/// The scenarios `raw` and `section`: the limits at several sizes.
auto run_sizes(const options& given) -> report;

/// The scenario `reading`: the store's pages beside a bare fetch of the same rows.
auto run_reading(const options& given) -> report;

/// The scenario `projection`: read models, and commands beside them. Called before the program has threads.
auto run_projections(const options& given) -> report;

/// The scenario `cold`: how long the first command on a long stream takes.
auto run_cold(const options& given) -> report;

/// Throughput by several processes at a time, in turn with one alone. Called before the program has threads.
auto run_processes(const options& given) -> report;

/// What stands at the beginning of every report, and on standard output: store, machine, cost of a sync.
auto begin_report(const options& given) -> report;

/// Whether the memory in use stays as it is, from the middle of `samples` to their end, within 5 % and 8 MiB. A store in
/// memory grows, and fewer than 2 samples say nothing: then there is no check.
auto check_memory(const options& given, const std::vector<memory_sample>& samples)
  -> std::optional<check>;

} // namespace stress
