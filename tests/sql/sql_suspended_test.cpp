#include "sql/support.hpp"
#include "sql/victim.hpp"

#include <chrono>

#include <fmt/format.h>

using namespace sql_tests;
using namespace std::chrono_literals;

// Two programs run the same projection. The one that leads is suspended past its lease and goes on
// afterwards, while the other one leads: the read model is what the log says, each event once.

namespace {

void pay_in(ec::event_store& store, int round) {
  bank money{store};
  for (int account = 0; account < 4; ++account)
    money.move(fmt::format("s{}-{}", round, account), std::vector<std::int64_t>(10, 7));
}

auto checkpoint_of(ec::event_store& store) -> std::uint64_t {
  return must(store.load_checkpoint("balances")).value_or(ec::checkpoint{}).position.value;
}

// Wherever it was stopped: inside a transaction it keeps the database from the other one, so it is
// stopped again somewhere else.
void suspend_between_transactions(victim& leading, victim& other) {
  leading.suspend();
  while (!other.is_heard_within(10s)) {
    leading.resume();
    leading.is_heard_within(1s);
    leading.suspend();
  }
}

void wait_for_head(ec::event_store& store, victim& one, victim& other) {
  const auto head = must(store.head()).position.value;
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (checkpoint_of(store) < head) {
    BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
    if (!one.is_heard_within(5ms))
      other.is_heard_within(5ms);
  }
}

template <class Backend>
void suspend_leaders(int rounds) {
  Backend database;
  {
    const auto store = must(database.open({}));
    pay_in(*store, 0);
  }
  const conduct how{.page = 3, .takeover = 400ms};
  victim first{database, how};
  first.hear();
  victim second{database, how};
  const auto store = must(database.open({}));
  auto* leading = &first;
  auto* other = &second;
  for (int round = 1; round <= rounds; ++round) {
    wait_for_head(*store, first, second);
    first.pass_over();
    second.pass_over();
    leading->suspend();
    pay_in(*store, round); // which only the other one can take
    suspend_between_transactions(*leading, *other);
    leading->resume();
    pay_in(*store, 100 + round);
    wait_for_head(*store, first, second);
    BOOST_TEST(check_read_model(*store, 1).value == must(store->head()).position.value);
    std::swap(leading, other);
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(leaders_on_sqlite_are_suspended_past_their_lease) {
  suspend_leaders<sqlite_backend>(5);
}

BOOST_AUTO_TEST_CASE(leaders_on_postgresql_are_suspended_past_their_lease) {
  suspend_leaders<postgres_backend>(5);
}
