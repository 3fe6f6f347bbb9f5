#include "actors/support/transfers.hpp"

#include "support/environment.hpp"
#include "support/faulty_store.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <semaphore>
#include <utility>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <fmt/format.h>

namespace transfers {

using namespace accounts;
using support::number_from;
using namespace std::chrono_literals;

namespace {

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

template <class Counts>
void print(const Counts& counts, std::string_view what) {
  for (const auto& [which, often] : counts)
    std::cout << fmt::format("{:>9} {}: {}\n", often, what, which);
}

/// Another program moves a cent, as long as the account has one.
void let_stranger_transfer(ec::event_store& store, const ec::stream_id& stream) {
  for (std::size_t i = 0; i < account_count; ++i)
    if (account_number(i).id() == stream)
      (void)ec::execute(store, transfer{account_number(i), account_number(i + 1), 1});
}

} // namespace

auto account_number(std::uint64_t number) -> ec::stream<account> {
  return ec::unwrap(ec::stream<account>::of(std::to_string(number % account_count)));
}

void fill_accounts(ec::event_store& store) {
  for (std::size_t i = 0; i < account_count; ++i)
    ec::unwrap(ec::execute(store, deposit{account_number(i), cents_of_each}));
}

// -- the clients --------------------------------------------------------------

clients::clients(ec::runtime& of, const client_plan& plan)
    : plan_{plan}, asked_(plan.threads), busy_{plan.threads} {
  for (std::size_t thread = 0; thread < plan.threads; ++thread)
    threads_.emplace_back([this, &of, thread] { ask_all(of, thread); });
}

void clients::wait_for_successes(std::uint64_t more) { wait_for(progress_->successes, more); }

void clients::wait_for_answers(std::uint64_t more) { wait_for(progress_->answers, more); }

void clients::wait_for(const std::atomic<std::uint64_t>& count, std::uint64_t more) const {
  const auto enough = count.load() + more;
  // Every answer wakes, also those that are not counted here: the last one may be of those.
  for (auto seen = progress_->answers.load(); count.load() < enough && busy_.load() > 0;
       seen = progress_->answers.load())
    progress_->answers.wait(seen);
}

auto clients::name_of(std::size_t thread, std::size_t command) const -> std::string {
  return fmt::format("{}-{}-{}", plan_.name, thread, command);
}

void clients::ask_all(ec::runtime& of, std::size_t thread) {
  auto random = plan_.seed * 1000 + thread;
  const auto below = [&random](std::uint64_t bound) {
    random = random * 6364136223846793005 + 1442695040888963407;
    return (random >> 33) % bound;
  };
  // Shared: should one be answered twice, that may come late.
  const auto room = std::make_shared<std::counting_semaphore<>>(plan_.in_flight);
  for (std::size_t i = 0; i < plan_.commands && !stopped_; ++i) {
    room->acquire();
    auto& one = asked_[thread].emplace_back();
    const auto from = below(account_count);
    const auto to = from + 1 + below(account_count - 1);
    const auto cents = 1 + static_cast<std::int64_t>(below(plan_.most_cents));
    auto options = of.defaults();
    options.metadata.actor = name_of(thread, i);
    of.execute(transfer{account_number(from), account_number(to), cents}, std::move(options),
               [&one, room, progress = progress_](ec::result<ec::executed> outcome) {
                 const bool good = outcome.has_value();
                 if (++one.answers == 1)
                   one.outcome = std::move(outcome);
                 progress->successes += good ? 1 : 0;
                 ++progress->answers;
                 progress->answers.notify_all();
                 room->release();
               });
  }
  for (std::ptrdiff_t i = 0; i < plan_.in_flight; ++i)
    room->acquire();
  --busy_;
  ++progress_->answers; // wakes who waits for more than there is
  progress_->answers.notify_all();
}

// -- what was told, held against the log --------------------------------------

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

void check(const verdict& found) {
  print(found.told, "told");
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < std::min(found.wrong.size(), most); ++i)
    BOOST_ERROR(found.wrong[i]);
  BOOST_TEST(found.wrong.size() == 0U);
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

void run_two(const std::shared_ptr<ec::event_store>& first,
             const std::shared_ptr<ec::event_store>& second, std::uint64_t commands) {
  fill_accounts(*first);
  verdict found;
  {
    caf::actor_system_config config;
    caf::actor_system one_system{config};
    caf::actor_system other_system{config};
    auto one = ec::unwrap(ec::runtime::start(one_system, first, quick_settings()));
    auto other = ec::unwrap(ec::runtime::start(other_system, second, quick_settings()));
    client_plan plan{
      .name = "one", .threads = 2, .commands = number_from("EVENTCORE_COMMANDS", commands)};
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

} // namespace transfers
