#include "bench/stress_program.hpp"

#include <eventcore/testing/postgres_server.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

// The tool on a PostgreSQL server, each scenario for a moment.

namespace {

using namespace stress_program;

/// One server for all tests here, in memory where there is a file system for that.
auto server() -> ec::testing::postgres_server& {
  static const auto started = [] {
    ec::testing::postgres_options how{.password = "geheim"};
    if (const fs::path memory{"/dev/shm"}; fs::exists(memory))
      how.parent = memory;
    return ec::unwrap(ec::testing::postgres_server::start(how));
  }();
  return *started;
}

/// A database of a test's own.
struct database {
  database() {
    static int count = 0;
    name = fmt::format("stress_{}", ++count);
    server().create_database(name);
  }

  auto store() const -> std::string { return "--store " + server().url(name); }

  auto schemas() const -> std::string {
    return server().ask("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'eventcore_stress%'",
                        name);
  }

  std::string name{};
};

/// A run, whose output shows no password.
auto run_on(const database& where, const std::string& arguments) -> finished {
  auto done = run(fmt::format("{} {}", arguments, where.store()));
  BOOST_TEST(!done.out.contains("geheim"), done.out);
  return done;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stress_on_postgresql)

BOOST_AUTO_TEST_CASE(each_scenario_runs_and_passes_its_checks) {
  for (const std::string scenario :
       {"contention", "throughput", "transfers", "discovery", "saturation"}) {
    const database where;
    const auto done = run_on(where, fmt::format("{} {}", scenario, briefly));
    check_run(done, scenario);
    const auto report = done.report();
    BOOST_TEST((report.raw_events_per_s.value() > 0));
    BOOST_TEST((report.commit_us.value() > 0));
    BOOST_TEST(report.server.value().contains("synchronous_commit=on"), *report.server);
    BOOST_TEST(where.schemas() == "0"); // what was measured on is gone
  }
}

BOOST_AUTO_TEST_CASE(saturation_is_served_over_five_connections) {
  const database where;
  auto running = std::async(
    std::launch::async, [arguments = "saturation --duration 2s --rounds 1 --limit-time 20ms --json "
                                     + where.store()] { return run(arguments); });
  int most = 0;
  while (running.wait_for(std::chrono::milliseconds{20}) != std::future_status::ready)
    most = std::max(most, std::stoi(server().ask(
                            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE "
                            "'eventcore %' AND datname = '"
                            + where.name + "'")));
  BOOST_TEST(most >= 1);
  BOOST_TEST(most <= 5);
  const auto done = running.get();
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    BOOST_TEST(done.report().concurrency == 100U);
  }
}

BOOST_AUTO_TEST_CASE(one_client_is_compared_with_transactions_of_one_row) {
  const database where;
  const auto done = run_on(where, fmt::format("throughput {} --concurrency 1", briefly));
  check_run(done, "throughput");
  BOOST_TEST((done.report().raw_transaction_us.value() > 0));
  BOOST_TEST((done.report().plain_transaction_us.value() > 0));
}

BOOST_AUTO_TEST_CASE(the_limits_are_measured_at_four_sizes) {
  const database where;
  for (const auto* scenario : {"raw", "section"}) {
    const auto done =
      run_on(where, fmt::format("{} --limit-time 20ms --rounds 1 --json", scenario));
    BOOST_TEST_CONTEXT(done.out) {
      BOOST_TEST_REQUIRE(done.code == 0);
      BOOST_TEST(done.report().sizes.size() == 4U);
      BOOST_TEST((done.report().sizes.front().plain_events_per_s.value() > 0));
    }
  }
}

BOOST_AUTO_TEST_CASE(reading_is_compared_with_a_bare_fetch) {
  const database where;
  const auto done = run_on(where, "reading --events 3000 --limit-time 20ms --rounds 2 --json");
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    const auto report = done.report();
    BOOST_TEST_REQUIRE(report.reads.size() == 2U);
    BOOST_TEST(report.reads.back().events == 3000U);
    BOOST_TEST(report.reads.back().ratio_to_raw > 0);
  }
}

BOOST_AUTO_TEST_CASE(projections_are_measured) {
  const database where;
  check_projection(run_on(where, projection_briefly),
                   {"catch-up in memory", "catch-up in SQL", "latency, same process",
                    "latency, other process", "load beside 0", "load beside 1", "load beside 10"});
  BOOST_TEST(where.schemas() == "0"); // what was measured on is gone
}

BOOST_AUTO_TEST_CASE(processes_take_turns_with_one_alone) {
  const database where;
  const auto done = run_on(where, "throughput --processes 2 --concurrency 4 --rounds 2 "
                                  "--duration 1200ms --json");
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    BOOST_TEST(done.report().failures == 0U);
    BOOST_TEST((done.report().ratio_to_alone.value() > 0));
  }
}

BOOST_AUTO_TEST_CASE(two_programs_share_a_store) {
  const database where;
  const auto arguments =
    fmt::format("transfers --shared --concurrency 4 {} {}", briefly, where.store());
  auto other = std::async(std::launch::async, [&] { return run(arguments); });
  const auto one = run(arguments);
  BOOST_TEST(one.code == 0, one.out);
  const auto two = other.get();
  BOOST_TEST(two.code == 0, two.out);
}

BOOST_AUTO_TEST_CASE(stores_are_compared_in_a_table) {
  const database where;
  const auto done = run_on(where, fmt::format("contention {} --compare", briefly));
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    const auto all = ec::unwrap(ec::from_json<stress::comparison>(done.last_line()));
    BOOST_TEST(all.runs.size() == 3U);
  }
}

BOOST_AUTO_TEST_CASE(a_store_that_holds_events_is_refused_and_another_schema_is_none) {
  const database where;
  const auto arguments = fmt::format("transfers {}", briefly);
  BOOST_TEST(run_on(where, arguments).code == 0);
  const auto refused = run_on(where, arguments);
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(refused.out.contains("holds 600 events already; name a new --schema"), refused.out);
  check_run(run_on(where, arguments + " --schema other"), "transfers");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_told_in_one_line) {
  for (const auto* store :
       {"postgresql://anna:geheim@127.0.0.1:1/bank", "postgresql://anna:geheim@host.invalid/bank"})
    for (const auto* scenario : {"transfers", "raw", "reading"}) {
      const auto done = run(fmt::format("{} --store {}", scenario, store));
      BOOST_TEST((done.code == 2 || done.code == 3));
      BOOST_TEST(!done.out.contains("geheim"), done.out);
      BOOST_TEST(done.out.contains("eventcore-stress: "), done.out);
    }
}

BOOST_AUTO_TEST_SUITE_END()
