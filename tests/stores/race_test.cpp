#include "stores/memory_backend.hpp"
#include "stores/sqlite_backend.hpp"

#include "eventcore/testing/races.hpp"

#include <boost/test/unit_test.hpp>

using namespace eventcore::testing;

// N threads, one boundary, a barrier between reading and writing: exactly one wins in each of 1,000
// rounds. They fail when the check and the write are not one step.

namespace {

constexpr race_size thousand_rounds{.threads = 4, .rounds = 1000};

} // namespace

BOOST_AUTO_TEST_CASE(memory_has_one_winner_for_one_stream) {
  memory_backend backend;
  race_for_one_stream(backend, thousand_rounds);
}

BOOST_AUTO_TEST_CASE(memory_has_one_winner_among_write_skews) {
  memory_backend backend;
  race_by_write_skew(backend, thousand_rounds);
}

BOOST_AUTO_TEST_CASE(memory_has_one_winner_for_one_request) {
  memory_backend backend;
  race_for_one_request(backend, thousand_rounds);
}

BOOST_AUTO_TEST_CASE(sqlite_has_one_winner_for_one_stream) {
  sqlite_backend backend;
  race_for_one_stream(backend, thousand_rounds);
}

BOOST_AUTO_TEST_CASE(sqlite_has_one_winner_among_write_skews) {
  sqlite_backend backend;
  race_by_write_skew(backend, thousand_rounds);
}

BOOST_AUTO_TEST_CASE(sqlite_has_one_winner_for_one_request) {
  sqlite_backend backend;
  race_for_one_request(backend, thousand_rounds);
}
