#pragma once

#include "run.hpp"
#include "support/environment.hpp"

#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

// Many seeds, one after the other. `EVENTCORE_SEEDS=100000` runs more of them, `EVENTCORE_FIRST_SEED=4711
// EVENTCORE_SEEDS=1` runs one again, `EVENTCORE_TRACE=1000` prints that many steps of a failing one,
// `EVENTCORE_FAILURES=100` goes on until so many have failed.
namespace harness {

using support::number_from;

/// An error for each seed that broke a promise.
inline void run_seeds(backend& on, std::uint64_t count) {
  const auto first = number_from("EVENTCORE_FIRST_SEED", 1);
  const auto lines = number_from("EVENTCORE_TRACE", 60);
  const auto most_failures = number_from("EVENTCORE_FAILURES", 5);
  const auto began = std::chrono::steady_clock::now();
  std::map<std::string, std::uint64_t> counts;
  std::uint64_t steps = 0;
  std::size_t failures = 0;
  auto seed = first;
  for (; seed < first + count && failures < most_failures; ++seed) {
    const auto found = run(seed, on);
    steps += found.steps;
    for (const auto& [what, often] : found.counts)
      counts[what] += often;
    if (found.wrong.empty())
      continue;
    ++failures;
    BOOST_ERROR(report(seed, on, lines));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << fmt::format("{} seeds, {} steps, {:.1f} s: {:.0f} seeds/s\n", seed - first, steps,
                           took.count(), static_cast<double>(seed - first) / took.count());
  for (const auto& [what, often] : counts)
    std::cout << fmt::format("{:>9} {}\n", often, what);
  BOOST_TEST(failures == 0U);
}

} // namespace harness
