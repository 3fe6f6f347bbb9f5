#pragma once

#include "report.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

// The tool as a program of its own, run from tests.
namespace stress_program {

namespace ec = eventcore;
namespace fs = std::filesystem;

/// A folder that goes with the test.
struct scratch {
  scratch() {
    auto name = (fs::temp_directory_path() / "stress-test-XXXXXX").string();
    if (!mkdtemp(name.data()))
      throw std::system_error{errno, std::generic_category(), "mkdtemp"};
    folder = name;
  }
  scratch(const scratch&) = delete;
  auto operator=(const scratch&) -> scratch& = delete;
  ~scratch() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  auto store() const -> std::string { return "sqlite:" + (folder / "stress.db").string(); }

  fs::path folder;
};

struct finished {
  int code = -1;
  std::string out;

  auto last_line() const -> std::string {
    const auto end = out.find_last_not_of('\n');
    const auto begin = out.find_last_of('\n', end);
    return out.substr(begin + 1, end - begin);
  }
  auto report() const -> stress::report {
    return ec::unwrap(ec::from_json<stress::report>(last_line()));
  }
};

/// Runs the tool; both of its outputs count.
inline auto run(const std::string& arguments) -> finished {
  const auto line = fmt::format("{} {} 2>&1", STRESS_PROGRAM, arguments);
  std::FILE* const pipe =
    popen(line.c_str(), "r"); // NOLINT(bugprone-command-processor): a fixed program
  if (!pipe)
    throw std::system_error{errno, std::generic_category(), "popen"};
  finished result;
  std::array<char, 4096> bytes{};
  while (const auto got = std::fread(bytes.data(), 1, bytes.size(), pipe))
    result.out.append(bytes.data(), got);
  const int status = pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

inline constexpr auto briefly = "--iterations 300 --limit-time 20ms --json";

inline constexpr auto projection_briefly =
  "projection --events 3000 --streams 50 --beats 5 --rounds 1 --iterations 300 --concurrency 4 "
  "--json";

/// What a good run of `projection` gives: these parts, in which everything was applied.
inline void check_projection(const finished& done, const std::vector<std::string>& parts) {
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    const auto report = done.report();
    std::vector<std::string> measured;
    for (const auto& one : report.projections) {
      measured.push_back(one.what);
      BOOST_TEST((one.events_per_s.value_or(1) > 0));
      BOOST_TEST((one.ratio_to_raw.value_or(1) > 0));
      BOOST_TEST((one.p50_us.value_or(0) <= one.max_us.value_or(0)));
      BOOST_TEST((one.commands_per_s.value_or(1) > 0));
    }
    BOOST_TEST(measured == parts, boost::test_tools::per_element());
    BOOST_TEST(report.commands == 300U);
    BOOST_TEST(report.checks.size() >= 8U);
  }
}

/// What a good run on any store gives.
inline void check_run(const finished& done, const std::string& scenario) {
  BOOST_TEST_CONTEXT(done.out) {
    BOOST_TEST_REQUIRE(done.code == 0);
    const auto report = done.report();
    BOOST_TEST(report.scenario == scenario);
    BOOST_TEST(report.commands + report.rejected + report.failures == 300U);
    BOOST_TEST(report.commands > 0U);
    BOOST_TEST(report.checks.size() >= 5U);
    BOOST_TEST(report.commands_per_s > 0);
    BOOST_TEST(report.rows_per_transaction >= 1);
    BOOST_TEST((report.section_events_per_s.value() > 0));
    BOOST_TEST((report.ratio_to_section.value() > 0));
    BOOST_TEST(report.p50_us <= report.p99_us);
    BOOST_TEST(report.p99_us <= report.max_us);
    BOOST_TEST(report.rss_bytes > 1'000'000U);
  }
}

} // namespace stress_program
