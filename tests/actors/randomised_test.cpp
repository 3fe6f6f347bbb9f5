#include "harness/run.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

// The whole runtime in one thread, many times over. Each seed chooses in which order the actors run,
// when time passes, what the clients ask, what the store does and which actors die; then what was told
// is held against the log. `EVENTCORE_SEEDS=100000` runs more of them, `EVENTCORE_FIRST_SEED=4711
// EVENTCORE_SEEDS=1` runs one again, `EVENTCORE_TRACE=1000` prints that many steps of a failing one,
// `EVENTCORE_FAILURES=100` goes on until so many have failed.
namespace {

auto number_from(const char* variable, std::uint64_t otherwise) -> std::uint64_t {
  const auto* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

void run_seeds(harness::backend& on, std::uint64_t count) {
  const auto first = number_from("EVENTCORE_FIRST_SEED", 1);
  const auto lines = number_from("EVENTCORE_TRACE", 60);
  const auto most_failures = number_from("EVENTCORE_FAILURES", 5);
  const auto began = std::chrono::steady_clock::now();
  std::map<std::string, std::uint64_t> counts;
  std::uint64_t steps = 0;
  std::size_t failures = 0;
  auto seed = first;
  for (; seed < first + count && failures < most_failures; ++seed) {
    const auto found = harness::run(seed, on);
    steps += found.steps;
    for (const auto& [what, often] : found.counts)
      counts[what] += often;
    if (found.wrong.empty())
      continue;
    ++failures;
    BOOST_ERROR(harness::report(seed, on, lines));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << fmt::format("{} seeds, {} steps, {:.1f} s: {:.0f} seeds/s\n", seed - first, steps,
                           took.count(), static_cast<double>(seed - first) / took.count());
  for (const auto& [what, often] : counts)
    std::cout << fmt::format("{:>9} {}\n", often, what);
  BOOST_TEST(failures == 0U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(randomised)

BOOST_AUTO_TEST_CASE(every_seed_keeps_the_promises_in_memory) {
  harness::memory_backend memory;
  run_seeds(memory, number_from("EVENTCORE_SEEDS", 10'000));
}

BOOST_AUTO_TEST_CASE(every_seed_keeps_the_promises_in_sqlite) {
  harness::sqlite_backend sqlite;
  run_seeds(sqlite, number_from("EVENTCORE_SQLITE_SEEDS", number_from("EVENTCORE_SEEDS", 300)));
}

BOOST_AUTO_TEST_CASE(a_seed_does_the_same_again) {
  harness::memory_backend memory;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto once = harness::run(seed, memory);
    const auto again = harness::run(seed, memory);
    BOOST_TEST(once.fingerprint == again.fingerprint);
    BOOST_TEST((once.counts == again.counts));
  }
}

BOOST_AUTO_TEST_SUITE_END()
