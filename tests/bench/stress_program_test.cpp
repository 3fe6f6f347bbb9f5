#include "bench/stress_program.hpp"

#include <future>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace stress_program;

BOOST_AUTO_TEST_SUITE(stress_program)

BOOST_AUTO_TEST_CASE(each_scenario_runs_on_memory_and_passes_its_checks) {
  for (const std::string scenario :
       {"contention", "throughput", "transfers", "discovery", "saturation"}) {
    const auto done = run(fmt::format("{} {}", scenario, briefly));
    check_run(done, scenario);
    BOOST_TEST(!done.report().raw_events_per_s);
  }
}

BOOST_AUTO_TEST_CASE(each_scenario_runs_on_sqlite_and_passes_its_checks) {
  for (const std::string scenario :
       {"contention", "throughput", "transfers", "discovery", "saturation"}) {
    const scratch where;
    const auto done = run(fmt::format("{} {} --store {}", scenario, briefly, where.store()));
    check_run(done, scenario);
    BOOST_TEST((done.report().raw_events_per_s.value() > 0));
    BOOST_TEST((done.report().fsync_us.value() > 0));
  }
}

BOOST_AUTO_TEST_CASE(the_json_line_has_the_names_that_others_read) {
  const auto line = run(fmt::format("contention {}", briefly)).last_line();
  for (const auto* name : {"scenario",
                           "store",
                           "concurrency",
                           "commands",
                           "failures",
                           "retries",
                           "seconds",
                           "commands_per_s",
                           "events_per_s",
                           "rows_per_transaction",
                           "raw_events_per_s",
                           "section_events_per_s",
                           "ratio_to_raw",
                           "ratio_to_section",
                           "p50_us",
                           "p95_us",
                           "p99_us",
                           "max_us",
                           "rss_bytes",
                           "fsync_us",
                           "machine",
                           "checks",
                           "name",
                           "pass"})
    BOOST_TEST(line.find(fmt::format("\"{}\":", name)) != std::string::npos, name);
}

BOOST_AUTO_TEST_CASE(a_store_that_holds_events_is_refused_unless_it_is_kept) {
  const scratch where;
  const auto arguments = fmt::format("transfers {} --store {}", briefly, where.store());
  BOOST_TEST(run(arguments).code == 0);
  const auto refused = run(arguments);
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(refused.out.find("holds 600 events already") != std::string::npos);
  check_run(run(arguments + " --keep"), "transfers");
}

BOOST_AUTO_TEST_CASE(streams_may_be_long_beforehand) {
  const scratch where;
  check_run(run(fmt::format("throughput {} --preload 1500 --concurrency 3 --store {}", briefly,
                            where.store())),
            "throughput");
}

BOOST_AUTO_TEST_CASE(streams_of_two_lengths_take_turns) {
  const auto done =
    run("throughput --preload 1500 --against 10 --concurrency 3 --rounds 2 --iterations 300 "
        "--limit-time 20ms --json");
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    BOOST_TEST(done.report().commands == 600U);
    BOOST_TEST((done.report().against_commands_per_s.value() > 0));
    BOOST_TEST((done.report().ratio_to_against.value() > 0));
  }
}

BOOST_AUTO_TEST_CASE(two_programs_share_a_store) {
  const scratch where;
  const auto arguments =
    fmt::format("transfers --shared --concurrency 4 {} --store {}", briefly, where.store());
  auto other = std::async(std::launch::async, [&] { return run(arguments); });
  const auto one = run(arguments);
  BOOST_TEST(one.code == 0, one.out);
  const auto two = other.get();
  BOOST_TEST(two.code == 0, two.out);
}

BOOST_AUTO_TEST_CASE(memory_is_told_after_each_pass_over_many_streams) {
  const scratch where;
  const auto done = run(fmt::format(
    "touch --streams 2000 --max-active 100 --limit-time 20ms --json --store {}", where.store()));
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    BOOST_TEST(done.report().commands == 4000U);
    BOOST_TEST(done.report().memory.size() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(memory_is_told_while_a_soak_runs) {
  const scratch where;
  const auto done = run(fmt::format(
    "contention --soak --duration 500ms --sample 100ms --limit-time 20ms --json --store {}",
    where.store()));
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    BOOST_TEST(done.report().memory.size() >= 2U);
  }
}

BOOST_AUTO_TEST_CASE(a_refusal_for_want_of_room_is_the_only_failure_of_saturation) {
  const auto done = run(fmt::format("saturation {} --max-in-flight 10", briefly));
  check_run(done, "saturation");
  BOOST_TEST(done.report().failures_by_code.count("overloaded")
             == done.report().failures_by_code.size());
}

BOOST_AUTO_TEST_CASE(stores_are_compared_in_a_table) {
  const scratch where;
  const auto done = run(fmt::format("contention {} --compare --store {}", briefly, where.store()));
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    const auto all = ec::unwrap(ec::from_json<stress::comparison>(done.last_line()));
    BOOST_TEST(all.runs.size() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(the_limits_are_measured_at_four_sizes) {
  const scratch where;
  for (const auto* scenario : {"raw", "section"}) {
    const auto done = run(
      fmt::format("{} --store {} --limit-time 20ms --rounds 1 --json", scenario, where.store()));
    BOOST_TEST_CONTEXT(done.out) {
      BOOST_TEST_REQUIRE(done.code == 0);
      BOOST_TEST(done.report().sizes.size() == 4U);
    }
  }
}

BOOST_AUTO_TEST_CASE(reading_is_compared_with_a_bare_fetch) {
  const scratch where;
  const auto done = run(fmt::format(
    "reading --events 3000 --store {} --limit-time 20ms --rounds 2 --json", where.store()));
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    const auto report = done.report();
    BOOST_TEST_REQUIRE(report.reads.size() == 2U);
    BOOST_TEST(report.reads.front().events == 1000U);
    BOOST_TEST(report.reads.back().events == 3000U);
    BOOST_TEST(report.reads.back().ratio_to_raw > 0);
  }
}

BOOST_AUTO_TEST_CASE(projections_of_a_log_in_memory_are_measured) {
  check_projection(run(projection_briefly), {"catch-up in memory", "latency, same process",
                                             "load beside 0", "load beside 1", "load beside 10"});
}

BOOST_AUTO_TEST_CASE(projections_of_a_log_in_a_file_are_measured) {
  const scratch where;
  const auto done = run(fmt::format("{} --store {}", projection_briefly, where.store()));
  check_projection(done,
                   {"catch-up in memory", "catch-up in SQL", "latency, same process",
                    "latency, other process", "load beside 0", "load beside 1", "load beside 10"});
  const auto in_sql = done.report().projections.at(1);
  BOOST_TEST(in_sql.events == 3000U);
  BOOST_TEST((in_sql.raw_events_per_s.value() > 0));
}

BOOST_AUTO_TEST_CASE(a_subscriber_may_sleep_under_load) {
  const scratch where;
  const auto done = run(fmt::format("projection --only sleeper --events 1000 --sleep 500ms "
                                    "--sample 100ms --concurrency 4 --json --store {}",
                                    where.store()));
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    const auto report = done.report();
    BOOST_TEST(report.memory.size() >= 2U);
    BOOST_TEST(report.commands > 0U);
    BOOST_TEST(done.out.find("subscriber_slept") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_cold_stream_is_measured_with_and_without_its_snapshot) {
  const scratch where;
  const auto done = run(
    fmt::format("cold --events 3000 --snapshots 500 --rounds 2 --json --store {}", where.store()));
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    const auto cold = done.report().cold.value();
    BOOST_TEST(cold.events == 3000U);
    BOOST_TEST(cold.tail == 250U);
    BOOST_TEST(cold.with_us > 0);
    BOOST_TEST(cold.ratio > 0);
  }
}

BOOST_AUTO_TEST_CASE(processes_take_turns_with_one_alone) {
  const scratch where;
  const auto done = run(fmt::format("throughput --processes 2 --concurrency 4 --rounds 2 "
                                    "--duration 1200ms --json --store {}",
                                    where.store()));
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    const auto report = done.report();
    BOOST_TEST(report.processes == 2U);
    BOOST_TEST(report.commands > 0U);
    BOOST_TEST(report.failures == 0U);
    BOOST_TEST((report.ratio_to_alone.value() > 0));
    BOOST_TEST((report.ratio_to_alone_with_all.value() > 0));
    BOOST_TEST(report.checks.size() >= 5U);
  }
}

BOOST_AUTO_TEST_CASE(wrong_options_give_one_line_and_2) {
  const auto done = run("transfers --accounts 1");
  BOOST_TEST(done.code == 2);
  BOOST_TEST(done.out.find("--accounts") != std::string::npos);
  BOOST_TEST(done.out.find('\n') == done.out.size() - 1);
}

BOOST_AUTO_TEST_SUITE_END()
