#include "sql/support.hpp"
#include "sql/victim.hpp"
#include "support/environment.hpp"

#include <iostream>
#include <random>
#include <thread>

using namespace sql_tests;

// A program that runs a SQL projection is killed at any moment: the read model is what the log says
// up to the checkpoint, each time.

namespace {

/// Fills what is left to do, and gives how far the read model is.
template <class Backend>
auto examine(Backend& database, std::size_t more, ec::log_position last, std::size_t workers)
  -> ec::log_position {
  const auto store = must(database.open({}));
  const auto kept = must(store->load_checkpoint("balances"));
  const auto reached = kept ? check_read_model(*store, workers) : ec::log_position{};
  BOOST_TEST(reached.value >= last.value);
  const auto head = must(store->head());
  if (head.position.value < reached.value + more) { // new accounts: where others stand is unknown
    bank money{*store};
    for (std::size_t account = 0; account < 5; ++account)
      money.move(fmt::format("h{}-{}", head.position.value, account),
                 std::vector<std::int64_t>(more / 4, 3));
  }
  return reached;
}

template <class Backend>
void besiege(int kills, int kills_of_one, std::mt19937_64& random) {
  for (int done = 0; done < kills;) {
    Backend database;
    const std::size_t workers = random() % 3 == 0 ? 3 : 1; // one number for a database
    auto reached = examine(database, 200, {}, workers);
    for (int i = 0; i < kills_of_one && done < kills; ++i, ++done) {
      const conduct how{.page = 1 + random() % 20,
                        .workers = workers,
                        .rebuilds = random() % 4 == 0,
                        .takeover = std::chrono::milliseconds{random() % 4 == 0 ? 100 : 0}};
      BOOST_TEST_CONTEXT("kill " << done << ", page " << how.page << ", workers " << how.workers
                                 << (how.rebuilds ? ", rebuilds" : "")
                                 << (how.takeover.count() > 0 ? ", leads" : "")) {
        {
          victim program{database, how};
          for (auto transactions = random() % 12; transactions > 0; --transactions)
            program.hear();
          // So that the kill does not always meet the same step of the next one.
          for (auto spins = random() % 400; spins > 0; --spins)
            std::this_thread::yield();
        }
        reached = examine(database, 200, reached, workers);
      }
    }
    BOOST_TEST(reached.value > 0U);
    const auto store = must(database.open({}));
    must(ec::run(*store, ec::sql_projection<balances>({}, ec::partitions{workers}), {}));
    BOOST_TEST(check_read_model(*store).value == must(store->head()).position.value);
  }
}

auto seeded() -> std::mt19937_64 {
  const auto seed = support::number_from("EVENTCORE_SEED", std::random_device{}());
  std::cout << "EVENTCORE_SEED=" << seed << '\n';
  return std::mt19937_64{seed};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_program_on_sqlite_is_killed_150_times) {
  auto random = seeded();
  besiege<sqlite_backend>(150, 25, random);
}

BOOST_AUTO_TEST_CASE(a_program_on_postgresql_is_killed_50_times) {
  auto random = seeded();
  besiege<postgres_backend>(50, 25, random);
}
