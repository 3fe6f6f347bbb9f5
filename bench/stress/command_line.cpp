#include "options.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace stress {

namespace {

constexpr const char* footer =
  "Scenarios:\n"
  "  contention  deposits on one stream\n"
  "  throughput  deposits, each client on a stream of its own\n"
  "  transfers   between random pairs of --accounts\n"
  "  discovery   orders of 1 to 5 articles, whose stocks they find while they run\n"
  "  saturation  deposits, each on a new stream, by 100 clients\n"
  "  touch       a deposit on each of --streams, in --passes; memory after each pass\n"
  "  raw         the bare insert into the events table, at 1, 20, 256, 1000 rows per transaction\n"
  "  section     the store's own append, at the same sizes\n"
  "  reading     streams of 1,000 of --events, and all of them by position, beside a bare fetch\n"
  "  projection  read models of --events: catching up, latency, and commands beside them\n"
  "  cold        the first deposit on a stream of --events, with and without a snapshot\n\n"
  "Exit codes:\n"
  "  0  all checks passed\n"
  "  1  a check failed\n"
  "  2  the options were wrong\n"
  "  3  the store or the output could not be used\n";

auto check_duration(const std::string& text) -> std::string {
  return parse_duration(text)
           ? std::string{}
           : fmt::format("'{}' is no duration: write 500ms, 10s, 2min or 1h", text);
}

auto add_duration(CLI::App& app, const char* name, std::chrono::nanoseconds& value,
                  const char* text) -> CLI::Option* {
  return app
    .add_option_function<std::string>(
      name, [&value](const std::string& given) { value = *parse_duration(given); }, text)
    ->check(CLI::Validator{check_duration, "DURATION"});
}

/// A whole number from `least` on. CLI11 reads a negative number into an unsigned one as nothing at all.
template <class Number>
auto add_number(CLI::App& app, const char* name, Number& value, const char* text,
                std::int64_t least = 1) -> CLI::Option* {
  return app.add_option(name, value, text)
    ->check(CLI::Range{least, std::int64_t{1'000'000'000'000}}.description(
      fmt::format("N >= {}", least)));
}

void add_load(CLI::App& app, options& into, std::string& name) {
  app.add_option("SCENARIO", name, "What to run, see below")->required();
  app
    .add_option("--store", into.store,
                "memory:, sqlite:FILE or postgresql://USER@HOST/DATABASE?...")
    ->capture_default_str();
  add_number(app, "--concurrency", into.concurrency,
             "Clients; each sends a command when its last one is answered [20; saturation: 100]");
  auto* const iterations =
    add_number(app, "--iterations", into.iterations, "Commands of all clients together");
  add_duration(app, "--duration", into.duration, "How long the clients send [10s; soak: 10min]")
    ->excludes(iterations);
  add_number(app, "--rounds", into.rounds,
             "Parts that the run is cut into, with raw and section measured after each [3]");
  add_number(app, "--accounts", into.accounts, "Accounts of transfers [10]", 2);
  add_number(app, "--streams", into.streams,
             "Streams of discovery and projection [1000], of touch [1000000]", 5);
  add_number(app, "--preload", into.preload,
             "Events on each stream beforehand: contention, throughput, transfers", 0);
  add_number(app, "--against", into.against,
             "throughput: the same in turn on streams of so many events, and the ratio", 0);
  add_number(app, "--events", into.events,
             "Events that reading and projection read [1000000], of the stream of cold [50000]",
             1000);
  add_number(
    app, "--processes", into.processes,
    "throughput: the same by so many processes, each with --concurrency clients on streams "
    "of their own, in turn with one process alone",
    1);
  add_number(app, "--passes", into.passes, "How often touch goes over its streams [2]");
  app
    .add_option_function<std::vector<std::string>>(
      "--only",
      [&into](const std::vector<std::string>& names) {
        for (const auto& one : names)
          into.only.push_back(measured_named(one));
      },
      "Parts of projection: catch-up, sql, latency, load, sleeper [all but sleeper]")
    ->delimiter(',');
  add_number(app, "--beats", into.beats, "Commits that the latency of projection is measured with");
  add_duration(app, "--sleep", into.sleep, "How long the sleeper of projection sleeps [1min]");
  add_number(app, "--seed", into.seed, "For what is random; a new one when it is not given", 0);
}

void add_output(CLI::App& app, options& into) {
  app.add_flag("--soak", into.soak,
               "Print the memory in use every now and then, and check that it is flat");
  add_duration(app, "--sample", into.sample, "How often a soak looks at the memory [10s]");
  add_duration(app, "--limit-time", into.limit_time,
               "How long raw is measured each time, section in a file four times as long [500ms]");
  app.add_flag("--keep", into.keep, "Go on in a store that holds events");
  app.add_flag("--shared", into.shared,
               "Other programs write to the store at the same time; implies --keep");
  app.add_flag("--json", into.json, "Print the result as a JSON object on the last line");
  app.add_flag("--compare", into.compare,
               "Run on --store, on SQLite (a file that is removed) and on memory; print a table");
}

void add_settings(CLI::App& app, options& into) {
  const auto add = [&](const char* name, auto& value, const char* text) {
    add_number(app, name, value, text)->group("Settings of the runtime");
  };
  add("--max-active", into.max_active, "eventcore.streams.max-active");
  add("--max-batch", into.max_batch, "eventcore.log-writer.max-batch");
  add("--max-in-flight", into.max_in_flight, "eventcore.commands.max-in-flight");
  add("--coordinators", into.coordinators, "eventcore.coordinators");
  add("--readers", into.readers,
      "eventcore.readers [2; saturation: 5, on PostgreSQL as --connections allow]");
  add_number(app, "--snapshots", into.snapshots, "eventcore.snapshots.every", 0)
    ->group("Settings of the runtime");
  add_number(app, "--connections", into.connections,
             "eventcore.postgres.connections [5, or what --readers need]", 3)
    ->group("Settings of the runtime");
  app.add_option("--schema", into.schema, "eventcore.postgres.schema")
    ->capture_default_str()
    ->group("Settings of the runtime");
  add("--threads", into.threads, "scheduler.max-threads of CAF");
}

constexpr std::size_t beside_readers = 2; // one connection writes, one listens

/// What is not given gets the scenario's default.
void complete(const CLI::App& app, options& into) {
  const auto is_given = [&](const char* name) { return app.count(name) > 0; };
  into.store_given = is_given("--store");
  if (into.scenario == scenario::saturation) {
    if (!is_given("--concurrency"))
      into.concurrency = 100;
    if (!into.readers)
      into.readers = into.kind() == store_kind::postgres ? into.connections - beside_readers : 5;
  }
  if (into.readers && !is_given("--connections"))
    into.connections = std::max(into.connections, *into.readers + beside_readers);
  if (into.scenario == scenario::touch && !is_given("--streams"))
    into.streams = 1'000'000;
  if (into.scenario == scenario::cold && !is_given("--events"))
    into.events = 50'000;
  into.keep = into.keep || into.shared;
  if (into.soak && !is_given("--duration"))
    into.duration = std::chrono::minutes{10};
  if (into.soak && !is_given("--rounds"))
    into.rounds = 1;
  if (into.iterations && !is_given("--rounds"))
    into.rounds = std::min<std::uint64_t>(into.rounds, *into.iterations);
  if (!is_given("--seed"))
    into.seed = std::random_device{}();
}

} // namespace

auto parse(int argc, const char* const* argv) -> parsed {
  options into;
  std::string name;
  CLI::App app{"Drives EventCore's actors with closed-loop clients, measures, and checks the log.",
               "eventcore-stress"};
  app.footer(footer);
  add_load(app, into, name);
  add_output(app, into);
  add_settings(app, into);
  try {
    app.parse(argc, argv);
    into.scenario = scenario_named(name);
    complete(app, into);
    validate(into);
    return {.given = into};
  } catch (const CLI::CallForHelp& help) {
    app.exit(help);
    return {};
  } catch (const std::runtime_error& error) { // CLI11's own among them
    fmt::print(stderr, "eventcore-stress: {}\n", error.what());
    return {.exit_code = 2};
  }
}

} // namespace stress
