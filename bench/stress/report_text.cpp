#include "report.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace stress {

namespace {

constexpr double mib = 1024 * 1024;

/// 1234567.8 as "1,234,568".
auto whole(double value) -> std::string {
  const auto digits = fmt::format("{:.0f}", value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0)
      text += ',';
    text += digits[i];
  }
  return text;
}

auto whole(std::uint64_t value) -> std::string { return whole(static_cast<double>(value)); }

auto percent(const std::optional<double>& ratio) -> std::string {
  return ratio ? fmt::format("{:.1f} %", 100 * *ratio) : "-";
}

auto rate(const std::optional<double>& value) -> std::string { return value ? whole(*value) : "-"; }

auto join(const std::vector<double>& rates) -> std::string {
  std::string text;
  for (const auto one : rates)
    text += fmt::format("{}{}", text.empty() ? "" : " / ", whole(one));
  return text;
}

void print_failures(const report& run) {
  fmt::print("  retries     {}, and {} cascades\n", whole(run.retries), whole(run.cascades));
  fmt::print("  rejected    {}, failures {}\n", whole(run.rejected), whole(run.failures));
  for (const auto& [code, count] : run.failures_by_code)
    fmt::print("              {} x {}\n", whole(count), code);
  if (run.first_failure)
    fmt::print("              the first: {}\n", *run.first_failure);
}

void print_load(const report& run) {
  fmt::print("  commands    {}/s, {} events/s ({} in {:.2f} s; rounds {})\n",
             whole(run.commands_per_s), whole(run.events_per_s), whole(run.commands), run.seconds,
             join(run.rounds));
  fmt::print("  rows        {:.1f} per transaction, {} transactions\n", run.rows_per_transaction,
             whole(run.transactions));
  fmt::print("  raw         {} events/s: {} of it\n", rate(run.raw_events_per_s),
             percent(run.ratio_to_raw));
  fmt::print("  section     {} events/s: {} of it; {} round by round\n",
             rate(run.section_events_per_s), percent(run.ratio_to_section),
             percent(run.paired_ratio_to_section));
  if (run.section_transaction_us)
    fmt::print("              {:.1f} us for one transaction\n", *run.section_transaction_us);
  if (run.raw_transaction_us)
    fmt::print("              {:.1f} us for one of raw\n", *run.raw_transaction_us);
  if (run.plain_transaction_us)
    fmt::print("              {:.1f} us for one by BEGIN, INSERT, COMMIT of SOCI\n",
               *run.plain_transaction_us);
  if (run.against_commands_per_s)
    fmt::print("  against     {}/s on streams of the other length: {} of it\n",
               rate(run.against_commands_per_s), percent(run.ratio_to_against));
  fmt::print("  latency     p50 {} us, p95 {} us, p99 {} us, max {} us\n", whole(run.p50_us),
             whole(run.p95_us), whole(run.p99_us), whole(run.max_us));
  fmt::print("  per client  {} to {} commands\n", whole(run.client_least), whole(run.client_most));
  print_failures(run);
}

void print_sizes(const report& run) {
  fmt::print("  {:>6} {:>14} {:>14} {:>9}\n", "rows", "raw/s", "section/s", "of raw");
  for (const auto& one : run.sizes)
    fmt::print("  {:>6} {:>14} {:>14} {:>9}\n", one.rows, rate(one.raw_events_per_s),
               rate(one.section_events_per_s), percent(one.ratio_to_raw));
  for (const auto& one : run.sizes)
    if (one.plain_events_per_s)
      fmt::print("  one row by BEGIN, INSERT, COMMIT of SOCI: {}/s, section is {} of it\n",
                 rate(one.plain_events_per_s), percent(one.ratio_to_plain));
}

void print_reads(const report& run) {
  fmt::print("  {:<24} {:>10} {:>14} {:>14} {:>9}\n", "events/s", "events", "bare fetch", "store",
             "of it");
  for (const auto& one : run.reads)
    fmt::print("  {:<24} {:>10} {:>14} {:>14} {:>9}\n", one.what, whole(one.events),
               whole(one.raw_events_per_s), whole(one.section_events_per_s),
               percent(one.ratio_to_raw));
}

auto of(const std::optional<double>& value, const char* unit) -> std::string {
  return value ? whole(*value) + unit : "-";
}

void print_projections(const report& run) {
  fmt::print("  {:<24} {:>10} {:>14} {:>14} {:>9}\n", "events/s", "events", "raw", "projection",
             "of it");
  for (const auto& one : run.projections)
    if (one.events_per_s)
      fmt::print("  {:<24} {:>10} {:>14} {:>14} {:>9}\n", one.what, whole(one.events),
                 rate(one.raw_events_per_s), rate(one.events_per_s), percent(one.ratio_to_raw));
  for (const auto& one : run.projections)
    if (one.p50_us)
      fmt::print("  {:<24} p50 {}, p99 {}, max {} ({} commits)\n", one.what, of(one.p50_us, " us"),
                 of(one.p99_us, " us"), of(one.max_us, " us"), whole(one.events));
  for (const auto& one : run.projections)
    if (one.commands_per_s)
      fmt::print("  {:<24} {}/s: {} of it without; {} positions behind at the end\n", one.what,
                 rate(one.commands_per_s), percent(one.ratio_to_none), whole(one.lag.value_or(0)));
  if (run.commands > 0)
    print_failures(run);
}

void print_cold(const cold_result& cold) {
  fmt::print("  {} events, {} after the snapshot\n", whole(cold.events), whole(cold.tail));
  fmt::print("  first command   {} us with the snapshot, {} us without: {:.1f} times as long\n",
             whole(cold.with_us), whole(cold.without_us), cold.ratio);
  fmt::print("  second command  {} us\n", whole(cold.warm_us));
}

void print_processes(const report& run) {
  fmt::print("  commands    {}/s by {} processes of {} clients (rounds {})\n",
             whole(run.commands_per_s), run.processes, run.concurrency, join(run.rounds));
  fmt::print("  one alone   {}/s with {} clients: all are {} of it\n",
             rate(run.alone_commands_per_s), run.concurrency, percent(run.ratio_to_alone));
  fmt::print("              {}/s with {} clients: all are {} of it\n",
             rate(run.alone_with_all_commands_per_s), run.concurrency * run.processes,
             percent(run.ratio_to_alone_with_all));
  fmt::print("  rows        {:.1f} per transaction, {} transactions\n", run.rows_per_transaction,
             whole(run.transactions));
  fmt::print("  latency     p50 {} us, p95 {} us, p99 {} us, max {} us, of the slowest process\n",
             whole(run.p50_us), whole(run.p95_us), whole(run.p99_us), whole(run.max_us));
  print_failures(run);
}

} // namespace

void print(const report& run) {
  fmt::print("{} on {}, {} clients, seed {}\n", run.scenario, run.store, run.concurrency, run.seed);
  if (!run.sizes.empty())
    print_sizes(run);
  else if (!run.reads.empty())
    print_reads(run);
  else if (!run.projections.empty())
    print_projections(run);
  else if (run.cold)
    print_cold(*run.cold);
  else if (run.processes > 1)
    print_processes(run);
  else
    print_load(run);
  fmt::print("  memory      {:.1f} MiB resident at the end\n",
             static_cast<double>(run.rss_bytes) / mib);
  for (const auto& one : run.checks)
    fmt::print("  {:<6} {}{}\n", one.pass ? "ok" : "WRONG", one.name,
               one.detail ? ": " + *one.detail : "");
  std::fflush(stdout);
}

void print_table(const std::vector<report>& runs) {
  fmt::print("{:<12} {:<10} {:>11} {:>9} {:>11} {:>10} {:>10} {:>9} {:>9} {:>9} {:>8} {:>9}  {}\n",
             "scenario", "store", "commands/s", "rows/tx", "section/s", "of section", "of raw",
             "p50 us", "p95 us", "p99 us", "retries", "MiB", "checks");
  for (const auto& run : runs)
    fmt::print(
      "{:<12} {:<10} {:>11} {:>9.1f} {:>11} {:>10} {:>10} {:>9} {:>9} {:>9} {:>8} {:>9.1f}  {}\n",
      run.scenario, run.store.substr(0, run.store.find(':')), whole(run.commands_per_s),
      run.rows_per_transaction, rate(run.section_events_per_s), percent(run.ratio_to_section),
      percent(run.ratio_to_raw), whole(run.p50_us), whole(run.p95_us), whole(run.p99_us),
      run.retries, static_cast<double>(run.rss_bytes) / mib, run.passed() ? "ok" : "WRONG");
}

} // namespace stress
