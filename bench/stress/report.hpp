#pragma once

#include "audit.hpp"
#include "batches.hpp"
#include "clients.hpp"
#include "limit_series.hpp"
#include "options.hpp"

#include <eventcore/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

namespace stress {

/// The memory in use at a moment of a run.
struct memory_sample {
  double seconds = 0; ///< since the clients began
  std::uint64_t commands = 0;
  std::uint64_t rss_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(memory_sample, (), (seconds, commands, rss_bytes))

/// The limits at one number of rows per transaction.
struct size_result {
  std::uint64_t rows = 0;
  std::optional<double> raw_events_per_s{};
  std::optional<double> section_events_per_s{};
  std::optional<double> ratio_to_raw{};
  std::optional<double> plain_events_per_s{}; ///< of one row by BEGIN, INSERT, COMMIT; PostgreSQL
  std::optional<double> ratio_to_plain{};
};
BOOST_DESCRIBE_STRUCT(size_result, (),
                      (rows, raw_events_per_s, section_events_per_s, ratio_to_raw,
                       plain_events_per_s, ratio_to_plain))

/// What the scenario `reading` read.
struct reading_result {
  std::string what; ///< a stream, or the log
  std::uint64_t events = 0;
  double raw_events_per_s = 0;     ///< of the bare fetch, the median
  double section_events_per_s = 0; ///< of the store's own pages
  double ratio_to_raw = 0;         ///< the median of the rounds' ratios
};
BOOST_DESCRIBE_STRUCT(reading_result, (),
                      (what, events, raw_events_per_s, section_events_per_s, ratio_to_raw))

/// What the scenario `projection` measured. Empty where there is no such figure.
struct projection_result {
  std::string what;
  std::uint64_t events = 0; ///< that were applied, each time
  std::optional<double> events_per_s{};
  std::optional<double> raw_events_per_s{}; ///< of the bare fetch, or the bare upserts
  std::optional<double> ratio_to_raw{};     ///< the median of the rounds' ratios
  std::optional<double> p50_us{};           ///< from what the writer knows of the commit to `apply`
  std::optional<double> p99_us{};
  std::optional<double> max_us{};
  std::optional<double> commands_per_s{};
  std::optional<double> ratio_to_none{}; ///< to that beside no projection, the same
  std::optional<std::uint64_t> lag{};    ///< positions behind the head when the load ended, at most
};
BOOST_DESCRIBE_STRUCT(projection_result, (),
                      (what, events, events_per_s, raw_events_per_s, ratio_to_raw, p50_us, p99_us,
                       max_us, commands_per_s, ratio_to_none, lag))

/// What the scenario `cold` measured: medians over the rounds.
struct cold_result {
  std::uint64_t events = 0; ///< of the stream
  std::uint64_t tail = 0;   ///< of them after the snapshot
  double with_us = 0;       ///< from sending the command to its answer
  double without_us = 0;    ///< the same without any snapshot
  double warm_us = 0;       ///< of a second command on the same stream
  double ratio = 0;         ///< the median of the rounds' ratios, `without_us` to `with_us`
};
BOOST_DESCRIBE_STRUCT(cold_result, (), (events, tail, with_us, without_us, warm_us, ratio))

/// What a run gave: the object that `--json` prints, member by member. Rates count commands that succeeded. Empty where
/// there is no such figure (`raw` of the memory store).
struct report {
  std::string scenario;
  std::string store;
  std::string machine;
  std::optional<std::string> server{};      ///< of PostgreSQL: its version and settings
  std::optional<std::uint64_t> commit_us{}; ///< of PostgreSQL: of one row
  std::optional<std::uint64_t> fsync_us{};
  std::uint64_t processes = 1;
  std::uint64_t concurrency = 0;
  std::uint64_t seed = 0;
  std::uint64_t commands = 0;   ///< that succeeded
  std::uint64_t rejected = 0;   ///< by a rule, as they should
  std::uint64_t failures = 0;   ///< any other way
  std::uint64_t retries = 0;    ///< attempts after the first, of all commands
  std::uint64_t cascades = 0;   ///< decided again only because of another's refusal
  double seconds = 0;           ///< of all rounds
  double commands_per_s = 0;    ///< the median of the rounds
  double events_per_s = 0;      ///< the same
  std::vector<double> rounds{}; ///< commands per second in each
  std::uint64_t transactions = 0;
  double rows_per_transaction = 0;
  std::optional<double> raw_events_per_s{};
  std::optional<double> section_events_per_s{};
  std::optional<double> ratio_to_raw{};
  std::optional<double> ratio_to_section{};
  std::optional<double>
    paired_ratio_to_section{}; ///< the median over rounds, each by its own `section`
  std::optional<double> raw_transaction_us{};
  std::optional<double> section_transaction_us{};
  std::optional<double> plain_transaction_us{}; ///< one row by BEGIN, INSERT, COMMIT; PostgreSQL
  std::optional<double> alone_commands_per_s{}; ///< of one process with `concurrency` clients
  std::optional<double> ratio_to_alone{};       ///< the median of the rounds' ratios
  std::optional<double> alone_with_all_commands_per_s{}; ///< of one process with the clients of all
  std::optional<double> ratio_to_alone_with_all{};
  std::optional<double> against_commands_per_s{}; ///< on streams of the other length
  std::optional<double> ratio_to_against{};       ///< the median of the rounds' ratios
  double p50_us = 0;
  double p95_us = 0;
  double p99_us = 0;
  double max_us = 0;
  std::uint64_t client_least = 0; ///< commands of the client that got the fewest done
  std::uint64_t client_most = 0;
  std::uint64_t rss_bytes = 0;
  std::map<std::string, std::uint64_t> failures_by_code{};
  std::optional<std::string> first_failure{};
  std::vector<memory_sample> memory{}; ///< after each pass, or as time went by
  std::vector<size_result> sizes{};    ///< of the scenarios raw and section
  std::vector<reading_result> reads{}; ///< of the scenario reading
  std::vector<projection_result> projections{};
  std::optional<cold_result> cold{};
  std::vector<check> checks{};

  /// What these are when empty has to be said: `null`.
  using added_later =
    ec::defaults<&report::fsync_us, &report::raw_events_per_s, &report::section_events_per_s,
                 &report::ratio_to_raw, &report::ratio_to_section, &report::raw_transaction_us,
                 &report::section_transaction_us>;

  auto passed() const -> bool;
};
BOOST_DESCRIBE_STRUCT(report, (),
                      (scenario, store, machine, server, commit_us, fsync_us, processes,
                       concurrency, seed, commands, rejected, failures, retries, cascades, seconds,
                       commands_per_s, events_per_s, rounds, transactions, rows_per_transaction,
                       raw_events_per_s, section_events_per_s, ratio_to_raw, ratio_to_section,
                       paired_ratio_to_section, raw_transaction_us, section_transaction_us,
                       plain_transaction_us, alone_commands_per_s, ratio_to_alone,
                       alone_with_all_commands_per_s, ratio_to_alone_with_all,
                       against_commands_per_s, ratio_to_against, p50_us, p95_us, p99_us, max_us,
                       client_least, client_most, rss_bytes, failures_by_code, first_failure,
                       memory, sizes, reads, projections, cold, checks))

/// What `--compare --json` prints.
struct comparison {
  std::string scenario;
  std::vector<report> runs;
};
BOOST_DESCRIBE_STRUCT(comparison, (), (scenario, runs))

/// To a thousandth, so that the JSON stays legible.
auto rounded(double value) -> double;

/// Fills in what the clients were told and how long it took; fairness is among the first `timed` of them.
void add_answers(report& into, const clients& from, const told& answers, std::size_t timed);

/// Fills in what the runtime did beside answering.
void add_batches(report& into, const batches& counted);

/// Fills in the limits that belong to the run's rows per transaction, and the ratios to them.
void add_limits(report& into, const limit_series& limits, std::size_t rows);

/// For people, on standard output.
void print(const report& run);
void print_table(const std::vector<report>& runs);

} // namespace stress
