#include "harness/seeds.hpp"
#include "support/environment.hpp"

#include <cstdint>

#include <boost/test/unit_test.hpp>

// The whole runtime in one thread, many times over. Each seed chooses in which order the actors run,
// when time passes, what the clients ask, what the store does and which actors die; then what was told
// is held against the log.
using harness::run_seeds;
using support::number_from;

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
