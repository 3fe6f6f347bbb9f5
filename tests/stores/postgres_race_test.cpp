#include "stores/postgres_backend.hpp"
#include "support/child.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"
#include "eventcore/testing/races.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// Two processes with two stores each race over the same accounts, while two others read all along.
// EVENTCORE_RACE_SECONDS makes it longer than the usual few seconds.

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::size_t processes = 2;
constexpr std::size_t racers_each = 2;
constexpr std::size_t racers = processes * racers_each;
constexpr std::int64_t first_balance = 1000;
constexpr std::size_t accounts = 6;

auto duration() -> std::chrono::milliseconds {
  const auto* text = std::getenv("EVENTCORE_RACE_SECONDS");
  return std::chrono::seconds{text ? std::stoi(text) : 5};
}

/// What the processes share, in memory that is mapped into all of them.
struct arena {
  std::atomic<std::size_t> arrived = 0;
  std::atomic<std::size_t> meetings = 0;
  std::atomic<bool> failed = false; ///< one of them has given up
  std::atomic<bool> over = false;   ///< no further round
  std::atomic<std::size_t> winners = 0;
  std::atomic<std::uint64_t> rounds = 0;
  std::atomic<std::uint64_t> transfers = 0;

  /// Waits for all racers of all processes.
  void meet() {
    const auto meeting = meetings.load();
    if (arrived.fetch_add(1) + 1 == racers) {
      arrived = 0;
      ++meetings;
      return;
    }
    while (meetings == meeting) {
      if (failed)
        throw std::runtime_error{"another racer failed"};
      std::this_thread::yield();
    }
  }
};

class shared_arena {
public:
  shared_arena()
      : at_{::mmap(nullptr, sizeof(arena), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                   0)} {
    if (at_ == MAP_FAILED)
      throw std::runtime_error{"no shared memory"};
    new (at_) arena;
  }
  shared_arena(const shared_arena&) = delete;
  auto operator=(const shared_arena&) -> shared_arena& = delete;
  ~shared_arena() { ::munmap(at_, sizeof(arena)); }

  auto operator->() const -> arena* { return static_cast<arena*>(at_); }

private:
  void* at_;
};

auto account(std::size_t number) -> stream_id {
  return stream_id::trusted(fmt::format("account-{}", number));
}

struct balance {
  stream_head head{};
  std::int64_t amount = 0;
};

/// Both accounts in one snapshot. The last event of each says its balance.
auto read_both(event_store& store, std::size_t a, std::size_t b) -> std::pair<balance, balance> {
  const auto last = [](std::size_t number) {
    return read_stream{
      .stream = account(number), .page = {.events = 1}, .direction = direction::backwards};
  };
  const auto pages = must(store.read(std::vector{last(a), last(b)}));
  const auto balance_in = [](const stream_page& page) {
    return balance{page.head, std::stoll(std::string{page.events.at(0).payload})};
  };
  return {balance_in(pages[0]), balance_in(pages[1])};
}

auto transfer(id_source& ids, event_store& store, std::size_t from, std::size_t to,
              std::int64_t amount) -> write_set {
  const auto [payer, payee] = read_both(store, from, to);
  const auto now = [&](std::size_t number, const balance& old, std::int64_t change) {
    return stream_of{account(number)}.at(old.head).event("balance",
                                                         fmt::format("{}", old.amount + change));
  };
  return write_of(ids, {now(from, payer, -amount), now(to, payee, amount)});
}

/// In every round all racers decide on the same state of the same two accounts.
void race_in_rounds(arena& in, event_store& store, id_source& ids, std::size_t racer,
                    clock_type::time_point end) {
  for (std::size_t round = 0; !in.over; ++round) {
    const auto set = transfer(ids, store, round % accounts, (round + 1) % accounts,
                              static_cast<std::int64_t>(racer + 1));
    in.meet();
    const auto outcome = store.append(set);
    if (std::holds_alternative<committed>(outcome))
      ++in.winners;
    else
      check_equal(must_be<refused>(outcome).streams.size(), 2U, "streams that moved on");
    in.meet();
    if (racer == 0) {
      check_equal(in.winners.exchange(0), 1U, fmt::format("winners of round {}", round));
      ++in.rounds;
      in.over = clock_type::now() > end;
    }
    in.meet();
  }
}

/// Each transfers between any two accounts, and tries again when it came too late.
void race_freely(arena& in, event_store& store, id_source& ids, std::size_t racer,
                 clock_type::time_point end) {
  std::mt19937 random{static_cast<std::uint32_t>(racer)};
  while (clock_type::now() < end) {
    const auto from = random() % accounts;
    const auto to = (from + 1 + random() % (accounts - 1)) % accounts;
    const auto set = transfer(ids, store, from, to, static_cast<std::int64_t>(random() % 10));
    const auto outcome = store.append(set);
    if (std::holds_alternative<committed>(outcome))
      ++in.transfers;
    else
      must_be<refused>(outcome);
  }
}

void race(arena& in, postgres_backend& backend, std::size_t racer) {
  try {
    sequential_ids ids{static_cast<std::uint32_t>(100 + racer)};
    const auto store = must(backend.open({}));
    const auto begin = clock_type::now();
    race_in_rounds(in, *store, ids, racer, begin + duration() / 2);
    race_freely(in, *store, ids, racer, begin + duration());
  } catch (...) {
    in.failed = true;
    throw;
  }
}

/// A process with some of the racers; it says "well" in the end.
auto race_in_process(arena& in, postgres_backend& backend, std::size_t number)
  -> std::unique_ptr<support::child> {
  return std::make_unique<support::child>([&in, &backend, number](const auto& say, const auto&) {
    std::atomic<int> failures = 0;
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < racers_each; ++i)
        threads.emplace_back([&, i] {
          try {
            race(in, backend, number * racers_each + i);
          } catch (const std::exception& error) {
            ++failures;
            say(fmt::format("{}\n", error.what()));
          }
        });
    }
    if (failures == 0)
      say("well");
  });
}

/// Reads the log all along: never a position before all below it.
void follow_by_store(const std::atomic<bool>& ending, event_store& store, std::uint64_t& seen) {
  while (!ending) {
    const auto least = must(store.head()).position.value;
    const auto page = must(store.read(read_log{.after = {seen}, .page = {.events = 100}}));
    for (const auto& event : page.events)
      check_equal(event.position.value, ++seen, "the next position that is visible");
    check(page.events.size() == 100 || seen >= least, "what the log head names is visible");
    check(page.head.position.value >= seen, "the page's log head is not behind its events");
  }
}

void follow_by_hand(const std::atomic<bool>& ending, const postgres_backend& backend,
                    std::uint64_t& seen) {
  auto on = backend.connect();
  while (!ending)
    for (const auto& row : on.query("SELECT position FROM events WHERE position > "
                                    + std::to_string(seen) + " ORDER BY position"))
      check_equal(std::stoull(row[0]), ++seen, "the next position that is visible");
}

} // namespace

BOOST_FIXTURE_TEST_CASE(two_processes_have_one_winner_and_are_seen_in_order, postgres_backend) {
  sequential_ids ids;
  {
    const auto store = must(open({}));
    for (std::size_t i = 0; i < accounts; ++i)
      must_commit(
        *store,
        write_of(ids, {stream_of{account(i)}.event("balance", std::to_string(first_balance))}));
  }
  shared_arena in;
  std::vector<std::unique_ptr<support::child>> runs;
  for (std::size_t i = 0; i < processes; ++i)
    runs.push_back(race_in_process(*in.operator->(), *this, i));

  const auto store = must(open({}));
  std::atomic<bool> ending = false;
  std::uint64_t seen_by_store = 0;
  std::uint64_t seen_by_hand = 0;
  std::string problem_of_store;
  std::string problem_of_hand;
  const auto noting = [](std::string& problem, auto follow) {
    return std::jthread{[&problem, follow] {
      try {
        follow();
      } catch (const std::exception& error) {
        problem = error.what();
      }
    }};
  };
  {
    const auto one =
      noting(problem_of_store, [&] { follow_by_store(ending, *store, seen_by_store); });
    const auto other =
      noting(problem_of_hand, [&] { follow_by_hand(ending, *this, seen_by_hand); });
    for (const auto& run : runs)
      BOOST_TEST(run->hear() == "well");
    ending = true;
  }
  BOOST_TEST(problem_of_store == "");
  BOOST_TEST(problem_of_hand == "");

  const auto rounds = in->rounds.load();
  const auto transfers = in->transfers.load();
  BOOST_TEST_MESSAGE(rounds << " rounds, " << transfers << " free transfers, seen " << seen_by_store
                            << " and " << seen_by_hand << " events");
  BOOST_TEST(rounds > 0U);
  BOOST_TEST(transfers > 0U);
  BOOST_TEST(seen_by_store > accounts);
  BOOST_TEST(seen_by_hand > accounts);
  BOOST_TEST(must(store->head()).position.value == accounts + 2 * (rounds + transfers));
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < accounts; ++i)
    sum += read_both(*store, i, (i + 1) % accounts).first.amount;
  BOOST_TEST(sum == static_cast<std::int64_t>(accounts) * first_balance);
  check_healthy(*store);
}

// N threads, one boundary, a barrier between reading and writing: exactly one wins in each round.

namespace {

constexpr race_size many_rounds{.threads = 4, .rounds = 300};
constexpr auto all_positions = "600"; // a winner's and the gatekeeper's in each

} // namespace

BOOST_FIXTURE_TEST_CASE(postgres_has_one_winner_for_one_stream, postgres_backend) {
  race_for_one_stream(*this, many_rounds);
  BOOST_TEST(ask("SELECT position FROM log_head") == all_positions);
}

BOOST_FIXTURE_TEST_CASE(postgres_has_one_winner_among_write_skews, postgres_backend) {
  race_by_write_skew(*this, many_rounds);
  BOOST_TEST(ask("SELECT position FROM log_head") == all_positions);
}

BOOST_FIXTURE_TEST_CASE(postgres_has_one_winner_for_one_request, postgres_backend) {
  race_for_one_request(*this, many_rounds);
  BOOST_TEST(ask("SELECT position FROM log_head") == all_positions);
}
