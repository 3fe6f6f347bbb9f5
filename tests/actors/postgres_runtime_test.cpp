#include "actors/support/postgres.hpp"
#include "actors/support/transfers.hpp"
#include "harness/seeds.hpp"
#include "support/environment.hpp"

#include <eventcore/actors/config.hpp>
#include <eventcore/backends.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/stores/postgres.hpp>

#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <fmt/format.h>

// The runtime on a PostgreSQL server, on real threads and in the simulation. `EVENTCORE_COMMANDS` and
// `EVENTCORE_POSTGRES_SEEDS` make it longer.
namespace {

using namespace transfers;
using support::number_from;
using namespace std::chrono_literals;
using ec::testing::postgres_server;
using postgres_tests::server;

/// The URL of a database that nobody else uses.
auto new_database() -> std::string {
  static int count = 0;
  const auto name = fmt::format("runtime_{}", ++count);
  server().create_database(name);
  return server().url(name);
}

auto open(const std::string& url, const std::string& name = "eventcore")
  -> std::shared_ptr<ec::event_store> {
  ec::store_settings settings;
  settings.postgres.application_name = name;
  return ec::unwrap(ec::postgres::open(url, settings));
}

constexpr std::uint64_t some = 500; ///< commands before and after the trouble

/// Clients ask while `trouble` befalls the server, and go on afterwards; then what they were told is
/// held against the log.
void run_through(const std::function<void(clients&)>& trouble,
                 std::chrono::milliseconds deadline = 30s) {
  const auto store = open(new_database(), "under test");
  fill_accounts(*store);
  verdict found;
  {
    caf::actor_system_config config;
    caf::actor_system system{config};
    auto settings = quick_settings();
    settings.commands.deadline = deadline;
    auto runtime = ec::unwrap(ec::runtime::start(system, store, settings));
    clients all{runtime, {.name = "client", .threads = 3, .commands = 1'000'000, .in_flight = 16}};
    all.wait_for_successes(some);
    trouble(all);
    all.wait_for_successes(some);
    all.stop();
    all.join();
    BOOST_TEST(runtime.status().store_reachable);
    runtime.stop();
    judge(all, read_all(*store), found);
  }
  check(found);
  check_money(*store);
  BOOST_TEST(found.told["written"] >= 2 * some);
  for (const auto* expected : {"written", "store_unavailable", "outcome_unknown", "timed_out"})
    found.told.erase(expected);
  for (const auto& [other, count] : found.told)
    BOOST_ERROR(fmt::format("{} were told {}", count, other));
}

/// The server's processes behind the store under test.
auto backends_of_store() -> std::vector<::pid_t> {
  std::vector<::pid_t> all;
  for (const auto& row :
       server().query("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'under test%'"))
    all.push_back(static_cast<::pid_t>(std::stol(row.front())));
  return all;
}

/// A schema for each run of the simulation.
class postgres_backend final : public harness::backend {
public:
  auto open_empty() -> std::shared_ptr<ec::event_store> override {
    server().run(fmt::format("DROP SCHEMA IF EXISTS {} CASCADE", schema()), database_);
    ++number_;
    return open();
  }

  auto open_again(std::shared_ptr<ec::event_store> used)
    -> std::shared_ptr<ec::event_store> override {
    used.reset();
    return open();
  }

private:
  auto schema() const -> std::string { return fmt::format("run_{}", number_); }

  auto open() const -> std::shared_ptr<ec::event_store> {
    ec::store_settings settings{.bounds = harness::store_bounds()};
    settings.postgres.schema = schema();
    return ec::unwrap(ec::postgres::open(server().url(database_), settings));
  }

  std::string database_ = [] {
    server().create_database("simulation");
    return "simulation";
  }();
  std::uint64_t number_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(postgres_runtime)

BOOST_AUTO_TEST_CASE(what_was_told_is_in_the_log) { run_with_faults(open(new_database()), 1'500); }

// Each is a stranger to the other.
BOOST_AUTO_TEST_CASE(two_runtimes_share_a_database) {
  const auto url = new_database();
  run_two(open(url), open(url), 500);
}

BOOST_AUTO_TEST_CASE(every_seed_keeps_the_promises) {
  postgres_backend postgres;
  harness::run_seeds(postgres,
                     number_from("EVENTCORE_POSTGRES_SEEDS", number_from("EVENTCORE_SEEDS", 150)));
}

BOOST_AUTO_TEST_CASE(commands_outlive_a_crash_of_the_server) {
  run_through([](clients& all) {
    constexpr int times = 5;
    for (int i = 0; i < times; ++i) {
      server().restart(postgres_server::shutdown::immediate);
      all.wait_for_successes(100);
    }
  });
}

BOOST_AUTO_TEST_CASE(commands_outlive_an_orderly_restart) {
  run_through([](clients&) { server().restart(postgres_server::shutdown::fast); });
}

BOOST_AUTO_TEST_CASE(commands_outlive_the_death_of_the_postmaster) {
  run_through([](clients&) {
    server().kill();
    server().start_again();
  });
}

// The postmaster takes all its children down with the one that was killed.
BOOST_AUTO_TEST_CASE(commands_outlive_the_death_of_a_backend) {
  run_through([](clients&) {
    const auto found = backends_of_store();
    BOOST_REQUIRE(!found.empty());
    ::kill(found.front(), SIGKILL);
  });
}

BOOST_AUTO_TEST_CASE(commands_outlive_the_loss_of_every_connection_again_and_again) {
  run_through([](clients& all) {
    constexpr int times = 20;
    for (int i = 0; i < times; ++i) {
      server().run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                   "WHERE application_name LIKE 'under test%'");
      all.wait_for_successes(50);
    }
  });
}

BOOST_AUTO_TEST_CASE(commands_are_answered_while_the_server_is_away_and_go_on_when_it_is_back) {
  constexpr auto deadline = 2s;
  constexpr auto patience = 10s; // far more than an answer may be late
  run_through(
    [&](clients& all) {
      server().stop(postgres_server::shutdown::immediate);
      const auto began = std::chrono::steady_clock::now();
      all.wait_for_answers(200); // more than were in flight: each has waited for its deadline
      BOOST_TEST((std::chrono::steady_clock::now() - began < 5 * deadline + patience));
      server().start_again();
    },
    deadline);
}

BOOST_AUTO_TEST_CASE(the_store_is_opened_with_the_settings_of_the_configuration) {
  const auto url = new_database();
  ec::system_config config;
  config.set("eventcore.store", url)
    .set("eventcore.log.level", "off")
    .set("eventcore.postgres.schema", "my accounts")
    .set("eventcore.postgres.application-name", "by configuration");
  {
    caf::actor_system system{config};
    ec::backends known;
    ec::postgres::add_to(known);
    auto runtime = ec::unwrap(ec::runtime::start(system, known));
    BOOST_TEST(runtime.execute_blocking(accounts::deposit{account_number(1), 5}).has_value());
    BOOST_TEST(server().ask("SELECT count(*) > 0 FROM pg_stat_activity "
                            "WHERE application_name LIKE 'by configuration%'")
               == "t");
  }
  ec::store_settings settings{.read_only = true, .create = false};
  settings.postgres.schema = "my accounts";
  const auto written = ec::unwrap(ec::postgres::open(url, settings));
  BOOST_TEST(ec::unwrap(written->head()).position.value == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
