#include "support/wait_until.hpp"
#include "tool/support.hpp"

#include <eventcore/stores/postgres.hpp>
#include <eventcore/testing/postgres_server.hpp>

#include <csignal>
#include <filesystem>
#include <regex>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

// The same on a PostgreSQL server.

using tool_test::shell;

namespace ec = eventcore;

namespace {

/// One server for all tests here.
auto server() -> ec::testing::postgres_server& {
  static const auto started =
    ec::unwrap(ec::testing::postgres_server::start({.password = "Sesam"}));
  return *started;
}

/// The bank's log in a database of a test's own.
struct database {
  explicit database(const std::string& schema = "eventcore") {
    static int count = 0;
    name = fmt::format("bank_{}", ++count);
    server().create_database(name);
    url = server().url(name);
    auto settings = bank_log::settings();
    settings.postgres.schema = schema;
    store = ec::unwrap(ec::postgres::open(url, settings));
    bank_log::fill(*store);
  }

  auto ask(std::vector<std::string> arguments) const -> program::finished {
    arguments.insert(arguments.end(), {"--store", url});
    return program::run(arguments);
  }

  std::string name{};
  std::string url{};
  std::shared_ptr<ec::event_store> store{};
};

/// Without the times of commits, which are the server's.
auto timeless(const std::string& text) -> std::string {
  return std::regex_replace(text, std::regex{R"(\d{4}-\d\d-\d\dT[0-9:.]*Z)"}, "TIME");
}

} // namespace

BOOST_AUTO_TEST_SUITE(on_postgresql)

BOOST_AUTO_TEST_CASE(everything_is_shown_as_of_a_file) {
  const database there;
  const tool_test::bank here;
  for (const auto& asked : {std::vector<std::string>{"streams"},
                            {"streams", "--json"},
                            {"streams", "--glob", "*-[12]", "--limit", "2"},
                            {"read", "account-alice"},
                            {"read", "note-1", "--json"},
                            {"log", "--json"},
                            {"log", "--backwards", "--kind", "account", "--limit", "2"},
                            {"projections"},
                            {"projections", "dead-letters"},
                            {"snapshots"},
                            {"requests", "--json"}})
    BOOST_TEST_CONTEXT(fmt::format("{}", fmt::join(asked, " "))) {
      const auto answer = there.ask(asked);
      BOOST_TEST(answer.code == 0, answer.err);
      BOOST_TEST(timeless(answer.out) == timeless(here.ask(asked).out));
    }
  const auto checked = there.ask({"verify"});
  BOOST_TEST(checked.code == 0, checked.out << checked.err);
  BOOST_TEST(there.ask({"stats"}).out.starts_with("events         9\n"));
}

BOOST_AUTO_TEST_CASE(what_is_kept_can_be_changed) {
  const database there;
  BOOST_TEST(there.ask({"projections", "retry", "mails", "5"}).code == 0);
  BOOST_TEST(there.ask({"projections", "drop", "mails", "5"}).code == 0);
  BOOST_TEST(there.ask({"projections", "reset", "balances", "--to", "4", "--yes"}).out
             == "balances: 9 -> 4\n");
  BOOST_TEST(there.ask({"snapshots", "drop"}).out == "dropped 2 snapshots\n");
  BOOST_TEST(there.ask({"requests", "forget", "--older-than", "0s", "--yes"}).out
             == "forgot 1 requests\n");
  BOOST_TEST(there.ask({"migrate"}).out.ends_with("nothing was done\n"));
}

BOOST_AUTO_TEST_CASE(another_schema_is_named) {
  const database there{"my bank"};
  BOOST_TEST(there.ask({"stats"}).code == 1);
  BOOST_TEST(there.ask({"stats", "--schema", "my bank"}).code == 0);
  const program::scratch scratch;
  const auto copy = scratch.path("copy").string();
  const auto made = there.ask({"backup", copy, "--schema", "my bank"});
  BOOST_TEST(made.code == 0, made.err);
  BOOST_TEST(shell("pg_restore --list " + copy).out.contains("SCHEMA - my bank"));
}

BOOST_AUTO_TEST_CASE(following_shows_what_another_program_commits) {
  const database there;
  program::running following{
    {"log", "--follow", "--json", "--from", "9", "--limit", "3", "--store", there.url}};
  BOOST_REQUIRE(following.read_line());
  bank_log::add_deposits(*there.store, 2);
  const auto ended = following.wait();
  BOOST_TEST(ended.code == 0, ended.err);
  BOOST_TEST(std::ranges::count(ended.out, '\n') == 2, ended.out);
}

BOOST_AUTO_TEST_CASE(a_backup_is_put_back_by_pg_restore) {
  const database there;
  const program::scratch scratch;
  const auto copy = scratch.path("bank.dump").string();
  const auto made = there.ask({"backup", copy});
  BOOST_TEST(made.code == 0, made.err);
  BOOST_TEST(there.ask({"backup", copy}).code == 2); // it is there already
  bank_log::add_deposits(*there.store, 1);

  const auto other = there.name + "_restored";
  server().create_database(other);
  const auto restored =
    shell("pg_restore --exit-on-error --dbname='" + server().url(other) + "' " + copy + " 2>&1");
  BOOST_TEST(restored.code == 0, restored.out);
  const auto log = program::run({"log", "--json", "--store", server().url(other)});
  BOOST_TEST(log.code == 0, log.err);
  BOOST_TEST(log.out == there.ask({"log", "--json", "--to", "9"}).out);
  const auto checked = program::run({"verify", "--store", server().url(other)});
  BOOST_TEST(checked.code == 0, checked.out << checked.err);
}

BOOST_AUTO_TEST_CASE(a_backup_that_cannot_be_made_leaves_nothing_behind) {
  const database there;
  const program::scratch scratch;
  const auto copy = scratch.path("bank.dump").string();
  const auto missing =
    shell("PATH= $EVENTCORE backup " + copy + " --store '" + there.url + "' 2>&1");
  BOOST_TEST(missing.code == 1);
  BOOST_TEST(missing.out.contains("pg_dump cannot be run"), missing.out);
  const auto refused = there.ask({"backup", copy, "--schema", "none"});
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(!refused.err.contains("Sesam"), refused.err);
  BOOST_TEST(std::filesystem::is_empty(scratch.path("")));
}

BOOST_AUTO_TEST_CASE(an_interrupted_backup_leaves_nothing_behind) {
  const database there;
  const program::scratch scratch;
  auto holder = server().connect(there.name);
  holder.run("BEGIN; LOCK TABLE eventcore.events IN ACCESS EXCLUSIVE MODE");
  program::running backup{{"backup", scratch.path("bank.dump").string(), "--store", there.url}};
  support::wait_until("pg_dump waits for the lock", [&] {
    return server().ask("SELECT count(*) FROM pg_locks WHERE NOT granted", there.name) != "0";
  });
  const auto second = there.ask({"backup", scratch.path("bank.dump").string()});
  BOOST_TEST(second.code == 2);
  BOOST_TEST(second.err.contains("is being written by another program"), second.err);
  backup.kill(SIGTERM);
  const auto ended = backup.wait();
  BOOST_TEST(ended.code == 4, ended.err);
  BOOST_TEST(ended.err.ends_with("eventcore: interrupted; no copy was made\n"), ended.err);
  BOOST_TEST(std::filesystem::is_empty(scratch.path("")));
}

BOOST_AUTO_TEST_CASE(what_a_killed_backup_left_running_writes_into_no_other_backup) {
  const database there;
  const program::scratch scratch;
  const auto copy = scratch.path("bank.dump").string();
  auto holder = server().connect(there.name);
  holder.run("BEGIN; LOCK TABLE eventcore.events IN ACCESS EXCLUSIVE MODE");
  program::running backup{{"backup", copy, "--store", there.url}};
  support::wait_until("pg_dump waits for the lock", [&] {
    return server().ask("SELECT count(*) FROM pg_locks WHERE NOT granted", there.name) != "0";
  });
  backup.kill();
  const auto second = there.ask({"backup", copy});
  BOOST_TEST(second.code == 2);
  BOOST_TEST(second.err.contains("is being written by another program"), second.err);
  holder.run("ROLLBACK");
  backup.wait(); // for pg_dump, which has its output, too
  BOOST_TEST(there.ask({"backup", copy}).code == 0);
}

BOOST_AUTO_TEST_CASE(the_password_is_not_shown) {
  const database there;
  auto wrong = there.url;
  wrong.replace(wrong.find(there.name), there.name.size(), "nowhere");
  const auto refused = program::run({"stats", "--store", wrong});
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(std::ranges::count(refused.err, '\n') == 1, refused.err);
  BOOST_TEST(!refused.err.contains("Sesam"), refused.err);
}

// In the process list all would see it.
BOOST_AUTO_TEST_CASE(the_password_of_a_key_is_not_given_to_pg_dump) {
  const database there;
  const program::scratch scratch;
  const auto joint = there.url.contains('?') ? "&" : "?";
  const auto refused = program::run({"backup", scratch.path("bank.dump").string(), "--store",
                                     there.url + joint + "sslpassword=Simsalabim"});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(refused.err.contains("'sslpassword'"), refused.err);
  BOOST_TEST(!refused.err.contains("Simsalabim"), refused.err);
}

BOOST_AUTO_TEST_CASE(a_damaged_log_is_found) {
  const database there;
  server().run("SET session_replication_role = replica; UPDATE eventcore.streams SET version = 7 "
               "WHERE id = 'account-bob'",
               there.name);
  const auto checked = there.ask({"verify"});
  BOOST_TEST(checked.code == 3, checked.out << checked.err);
  BOOST_TEST(checked.out.contains("account-bob"), checked.out);
}

BOOST_AUTO_TEST_SUITE_END()
