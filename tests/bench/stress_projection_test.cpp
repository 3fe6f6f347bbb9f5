#include "projections.hpp"

#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>

#include <boost/test/unit_test.hpp>

namespace ec = eventcore;
using stress::money_sums;

namespace {

auto sums_of(std::initializer_list<std::uint64_t> positions) -> money_sums {
  money_sums sums;
  for (const auto at : positions)
    sums.add({at}, "a", 1);
  return sums;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stress_projections)

BOOST_AUTO_TEST_CASE(an_event_that_was_skipped_doubled_or_exchanged_shows) {
  BOOST_CHECK(sums_of({1, 2, 3}) == sums_of({1, 2, 3}));
  BOOST_CHECK(sums_of({1, 2, 3}) != sums_of({1, 2}));
  BOOST_CHECK(sums_of({1, 2, 3}) != sums_of({1, 2, 2, 3}));
  BOOST_CHECK(sums_of({1, 2, 3}) != sums_of({1, 2, 2}));
  BOOST_CHECK(sums_of({1, 4}) != sums_of({2, 3})); // of equal sum
}

BOOST_AUTO_TEST_CASE(the_log_is_filled_up_in_turn_over_the_accounts) {
  const auto store = ec::memory::open();
  stress::fill_with_deposits(*store, 2503, 10);
  const auto sums = stress::sums_of_log(*store);
  BOOST_TEST(sums.events == 2503U);
  BOOST_TEST(sums.cents.size() == 10U);
  for (const auto& [account, cents] : sums.cents)
    BOOST_TEST((cents == 250 || cents == 251));
  stress::fill_with_deposits(*store, 2000, 10);
  BOOST_TEST(ec::unwrap(store->head()).position.value == 2503U);
}

BOOST_AUTO_TEST_CASE(a_projection_comes_to_what_the_log_says) {
  const auto store = ec::memory::open();
  stress::fill_with_deposits(*store, 1500, 7);
  stress::balances<3> model;
  ec::unwrap(ec::run(*store, model, {.from = ec::checkpoint{}}));
  BOOST_CHECK(model.sums == stress::sums_of_log(*store));
}

BOOST_AUTO_TEST_CASE(beats_are_told_with_their_positions) {
  const auto store = ec::memory::open();
  const auto before = stress::steady_now();
  const auto sent = stress::send_beats(*store, {.count = 3});
  BOOST_TEST_REQUIRE(sent.size() == 3U);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    BOOST_TEST(sent[i].position == i + 1);
    BOOST_TEST(sent[i].known_at >= before);
  }
}

BOOST_AUTO_TEST_SUITE_END()
