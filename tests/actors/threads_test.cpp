#include "support/accounts.hpp"
#include "support/faulty_store.hpp"

#include <eventcore/actors/runtime.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <fmt/format.h>

// The runtime on real threads: nobody chooses here who runs when, so a failure may not come again with
// the same seed. `EVENTCORE_FIRST_SEED=4711` chooses the faults, `EVENTCORE_COMMANDS=100000` runs more
// commands.
namespace {

using namespace accounts;
using namespace std::chrono_literals;

auto number_from(const char* variable, std::uint64_t otherwise) -> std::uint64_t {
  const auto* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

constexpr std::size_t account_count = 5;
constexpr std::int64_t cents_of_each = 10'000;

auto account_number(std::uint64_t number) -> ec::stream<account> {
  return ec::unwrap(ec::stream<account>::of(std::to_string(number % account_count)));
}

/// In memory where there is a file system for that.
class folder {
public:
  folder() {
    const std::filesystem::path memory{"/dev/shm"};
    auto pattern =
      ((std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path())
       / "eventcore-threads-XXXXXX")
        .string();
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error{"no folder for the test's database: " + pattern};
    path_ = pattern;
  }
  folder(const folder&) = delete;
  auto operator=(const folder&) -> folder& = delete;
  ~folder() {
    std::error_code ignored; // what is left lies in a temporary folder
    std::filesystem::remove_all(path_, ignored);
  }

  auto file() const -> std::filesystem::path { return path_ / "store.db"; }

private:
  std::filesystem::path path_;
};

void fill_accounts(ec::event_store& store) {
  for (std::size_t i = 0; i < account_count; ++i)
    ec::unwrap(ec::execute(store, deposit{account_number(i), cents_of_each}));
}

// -- the clients --------------------------------------------------------------

/// One command, and what became of it.
struct asked {
  std::atomic<int> answers{0};
  std::optional<ec::result<ec::executed>> outcome{};
};

struct client_plan {
  std::string name{}; ///< of the commands in the log, with the numbers of thread and command
  std::size_t threads = 4;
  std::size_t commands = 0;     ///< of each thread
  std::ptrdiff_t in_flight = 8; ///< of each thread
  std::uint64_t most_cents = 1; ///< of a transfer
  std::uint64_t seed = 1;
};

/// Threads that ask for transfers. The destructor waits until all are answered.
class clients {
public:
  clients(ec::runtime& of, const client_plan& plan) : plan_{plan}, asked_(plan.threads) {
    for (std::size_t thread = 0; thread < plan.threads; ++thread)
      threads_.emplace_back([this, &of, thread] { ask_all(of, thread); });
  }

  void join() { threads_.clear(); }

  /// After `join`, and after the runtime has stopped: `see(name, asked)`.
  template <class See>
  void for_each(const See& see) const {
    for (std::size_t thread = 0; thread < asked_.size(); ++thread)
      for (std::size_t i = 0; i < asked_[thread].size(); ++i)
        see(name_of(thread, i), asked_[thread][i]);
  }

private:
  auto name_of(std::size_t thread, std::size_t command) const -> std::string {
    return fmt::format("{}-{}-{}", plan_.name, thread, command);
  }

  void ask_all(ec::runtime& of, std::size_t thread) {
    auto random = plan_.seed * 1000 + thread;
    const auto below = [&random](std::uint64_t bound) {
      random = random * 6364136223846793005 + 1442695040888963407;
      return (random >> 33) % bound;
    };
    // Shared: should one be answered twice, that may come late.
    const auto room = std::make_shared<std::counting_semaphore<>>(plan_.in_flight);
    for (std::size_t i = 0; i < plan_.commands; ++i) {
      room->acquire();
      auto& one = asked_[thread].emplace_back();
      const auto from = below(account_count);
      const auto to = from + 1 + below(account_count - 1);
      const auto cents = 1 + static_cast<std::int64_t>(below(plan_.most_cents));
      auto options = of.defaults();
      options.metadata.actor = name_of(thread, i);
      of.execute(transfer{account_number(from), account_number(to), cents}, std::move(options),
                 [&one, room](ec::result<ec::executed> outcome) {
                   if (++one.answers == 1)
                     one.outcome = std::move(outcome);
                   room->release();
                 });
    }
    for (std::ptrdiff_t i = 0; i < plan_.in_flight; ++i)
      room->acquire();
  }

  const client_plan plan_;
  std::vector<std::deque<asked>> asked_; ///< by thread
  std::vector<std::jthread> threads_;
};

// -- what was told, held against the log --------------------------------------

struct found_commit {
  ec::commit_id id{};
  ec::log_position first{};
  std::uint64_t count = 0;
};

/// What each command wrote: more than one commit if it was written twice.
using commits_by_name = std::map<std::string, std::vector<found_commit>>;

auto read_all(ec::event_store& store) -> commits_by_name {
  commits_by_name found;
  ec::read_log query;
  for (bool complete = false; !complete;) {
    const auto page = ec::unwrap(store.read(query));
    for (const auto& event : page.events) {
      auto& commits = found[ec::unwrap(ec::parse_metadata(event.metadata_json)).actor];
      if (commits.empty() || commits.back().id != event.commit)
        commits.push_back({event.commit, event.position, 0});
      ++commits.back().count;
    }
    query.after = page.through;
    complete = page.complete;
  }
  return found;
}

struct verdict {
  std::vector<std::string> wrong{};
  std::map<std::string, std::size_t> told{}; ///< how often which code, or "written"
};

auto complaint_about(const asked& one, const std::vector<found_commit>& written) -> std::string {
  if (one.answers != 1)
    return fmt::format("was answered {} times", one.answers.load());
  if (written.size() > 1)
    return fmt::format("was written {} times", written.size());
  const auto& outcome = *one.outcome;
  if (!outcome)
    return written.empty() || outcome.error().code == ec::errc::outcome_unknown
             ? ""
             : "was written, and told " + outcome.error().text();
  if (written.empty())
    return "was told that it was written, and is not in the log";
  const auto& there = written.front();
  const bool as_told = outcome->commit == there.id && outcome->first == there.first
                       && outcome->count == 2 && there.count == 2;
  return as_told ? ""
                 : fmt::format("is at {}, and told {}", there.first.value, outcome->first.value);
}

void judge(const clients& of, const commits_by_name& log, verdict& into) {
  of.for_each([&](const std::string& name, const asked& one) {
    const auto found = log.find(name);
    const auto complaint =
      complaint_about(one, found == log.end() ? std::vector<found_commit>{} : found->second);
    if (!complaint.empty())
      into.wrong.push_back(name + " " + complaint);
    if (one.outcome)
      ++into.told[*one.outcome ? "written" : std::string{to_string(one.outcome->error().code)}];
  });
}

void check_money(ec::event_store& store) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < account_count; ++i) {
    const auto balance = ec::unwrap(ec::load(store, account_number(i))).state.balance;
    BOOST_TEST(balance >= 0);
    sum += balance;
  }
  BOOST_TEST(sum == cents_of_each * static_cast<std::int64_t>(account_count));
  BOOST_TEST(ec::unwrap(store.find_damage()) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

template <class Counts>
void print(const Counts& counts, std::string_view what) {
  for (const auto& [which, often] : counts)
    std::cout << fmt::format("{:>9} {}: {}\n", often, what, which);
}

void check(const verdict& found) {
  print(found.told, "told");
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < std::min(found.wrong.size(), most); ++i)
    BOOST_ERROR(found.wrong[i]);
  BOOST_TEST(found.wrong.size() == 0U);
}

// -- the runtime --------------------------------------------------------------

auto quick_settings() -> ec::runtime_settings {
  ec::runtime_settings settings;
  settings.log.level = "off";
  settings.log_writer.max_backoff = 20ms;
  settings.retry.initial = 1ms;
  settings.retry.cap = 10ms;
  settings.retry.retries = 8;
  return settings;
}

/// Another program moves a cent, as long as the account has one.
void let_stranger_transfer(ec::event_store& store, const ec::stream_id& stream) {
  for (std::size_t i = 0; i < account_count; ++i)
    if (account_number(i).id() == stream)
      (void)ec::execute(store, transfer{account_number(i), account_number(i + 1), 1});
}

void run_with_faults(const std::shared_ptr<ec::event_store>& inner, std::uint64_t commands) {
  fill_accounts(*inner);
  const auto seed = number_from("EVENTCORE_FIRST_SEED", 1);
  const auto store = std::make_shared<support::faulty_store>(
    inner,
    support::fault_plan{.seed = seed,
                        .unavailable = 5,
                        .in_part = 10,
                        .lost_answer = 15,
                        .lost_request = 10,
                        .throws_before = 3,
                        .throws_after = 3,
                        .stranger = 100,
                        .stays_away = 300,
                        .lookup_unavailable = 100,
                        .lookup_cannot_tell = 100,
                        .read_unavailable = 10,
                        .latency = 300us},
    support::fault_hooks{.stranger = let_stranger_transfer});
  verdict found;
  {
    caf::actor_system_config config;
    caf::actor_system system{config};
    auto runtime = ec::unwrap(ec::runtime::start(system, store, quick_settings()));
    // Some transfers are of more than there is: those are refused.
    clients all{runtime,
                {.name = "client",
                 .commands = number_from("EVENTCORE_COMMANDS", commands),
                 .most_cents = cents_of_each,
                 .seed = seed}};
    all.join();
    runtime.stop();
    judge(all, read_all(*inner), found);
  }
  print(store->faults(), "fault");
  check(found);
  check_money(*inner);
}

} // namespace

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(what_was_told_is_in_the_log_in_memory) {
  run_with_faults(ec::memory::open(), 5'000);
}

BOOST_AUTO_TEST_CASE(what_was_told_is_in_the_log_in_sqlite) {
  const folder in;
  run_with_faults(ec::unwrap(ec::sqlite::open(in.file())), 5'000);
}

// Nobody conflicts with anybody: who decides later appends later.
BOOST_AUTO_TEST_CASE(without_strangers_each_command_takes_one_attempt) {
  const auto store = ec::memory::open();
  fill_accounts(*store);
  verdict found;
  {
    caf::actor_system_config config;
    caf::actor_system system{config};
    auto runtime = ec::unwrap(ec::runtime::start(system, store, quick_settings()));
    clients all{runtime, {.name = "client", .commands = number_from("EVENTCORE_COMMANDS", 5'000)}};
    all.join();
    runtime.stop();
    judge(all, read_all(*store), found);
    all.for_each([&](const std::string& name, const asked& one) {
      if (!*one.outcome || (*one.outcome)->attempts != 1)
        found.wrong.push_back(name + " did not succeed at once");
    });
  }
  check(found);
  check_money(*store);
}

// Each is a stranger to the other, with all that makes them race: threads, connections, waiting for the
// lock.
BOOST_AUTO_TEST_CASE(two_runtimes_share_a_file) {
  const folder in;
  const auto first = ec::unwrap(ec::sqlite::open(in.file()));
  const auto second = ec::unwrap(ec::sqlite::open(in.file()));
  fill_accounts(*first);
  verdict found;
  {
    caf::actor_system_config config;
    caf::actor_system one_system{config};
    caf::actor_system other_system{config};
    auto one = ec::unwrap(ec::runtime::start(one_system, first, quick_settings()));
    auto other = ec::unwrap(ec::runtime::start(other_system, second, quick_settings()));
    client_plan plan{
      .name = "one", .threads = 2, .commands = number_from("EVENTCORE_COMMANDS", 1'000)};
    clients ones{one, plan};
    plan.name = "other";
    plan.seed = 2;
    clients others{other, plan};
    ones.join();
    others.join();
    one.stop();
    other.stop();
    const auto log = read_all(*first);
    judge(ones, log, found);
    judge(others, log, found);
  }
  check(found);
  check_money(*first);
  found.told.erase("written");
  found.told.erase("conflict_retries_exhausted");
  BOOST_TEST(found.told.empty());
}

BOOST_AUTO_TEST_SUITE_END()
