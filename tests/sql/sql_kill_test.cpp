#include "sql/support.hpp"
#include "support/environment.hpp"
#include "support/forwarding_store.hpp"

#include <eventcore/projection_host.hpp>

#include <csignal>
#include <iostream>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace sql_tests;
using namespace std::chrono_literals;

// A program that runs a SQL projection is killed at any moment: the read model is what the log says
// up to the checkpoint, each time.

namespace {

/// How a program runs the projection.
struct conduct {
  std::size_t page = 1;
  std::size_t workers = 1;
  bool rebuilds = false;
  bool leads = false; ///< with a lease
};

/// Says when it begins a transaction.
class talking_store final : public support::forwarding_store {
public:
  talking_store(std::shared_ptr<ec::event_store> inner, int to)
      : forwarding_store{std::move(inner)}, to_{to} {}

  using forwarding_store::append;
  using forwarding_store::read;

  auto transact(std::span<const ec::checkpoint_move> moves, const ec::transaction_work& work)
    -> ec::result<> override {
    static_cast<void>(::write(to_, "t", 1));
    return inner_->transact(moves, work);
  }

private:
  int to_;
};

/// Runs until it is killed; what it says last is why it ended otherwise.
template <class Backend>
void run_without_end(Backend& database, const conduct& how, int to) {
  const auto opened = database.open({});
  if (!opened)
    return static_cast<void>(::write(to, "!", 1));
  talking_store store{*opened, to};
  const ec::environment around;
  ec::projection_host host{store,
                           ec::sql_projection<balances>({}, ec::partitions{how.workers}),
                           {.until = ec::run_until::stopped,
                            .page = {.events = how.page},
                            .takeover = how.leads ? 100ms : 0ms},
                           around};
  if (how.rebuilds)
    static_cast<void>(host.rebuild());
  for (;;) {
    const auto next = host.step();
    if (const auto* resting = std::get_if<ec::projection_host::rest>(&next))
      static_cast<void>(store.await(resting->known.value_or(ec::log_position::max()), 10ms));
    else if (std::holds_alternative<ec::projection_host::ended>(next))
      return static_cast<void>(::write(to, "!", 1));
  }
}

/// A program that is killed with the object. The process that makes one has no threads.
class victim {
public:
  template <class Backend>
  victim(Backend& database, const conduct& how) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    id_ = ::fork();
    BOOST_REQUIRE(id_ >= 0);
    if (id_ == 0) {
      ::close(ends[0]);
      run_without_end(database, how, ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  victim(const victim&) = delete;
  auto operator=(const victim&) -> victim& = delete;

  ~victim() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
    ::close(from_);
  }

  /// Waits until it begins another transaction.
  void hear() {
    char said = '!';
    static_cast<void>(::read(from_, &said, 1));
    BOOST_REQUIRE_EQUAL(said, 't');
  }

private:
  pid_t id_ = -1;
  int from_ = -1;
};

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
                        .leads = random() % 4 == 0};
      BOOST_TEST_CONTEXT("kill " << done << ", page " << how.page << ", workers " << how.workers
                                 << (how.rebuilds ? ", rebuilds" : "")
                                 << (how.leads ? ", leads" : "")) {
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
