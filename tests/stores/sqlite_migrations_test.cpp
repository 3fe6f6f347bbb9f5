#include "errors.hpp"
#include "schema.hpp"

#include <array>
#include <barrier>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;

// How a file gets to the program's schema. The store itself knows one step so far; here are two.

namespace {

struct migrated_file {
  migrated_file() {
    auto pattern = (std::filesystem::temp_directory_path() / "eventcore-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error{"no directory for the test's database"};
    directory = pattern;
  }
  ~migrated_file() { std::filesystem::remove_all(directory); }

  auto file() const -> std::filesystem::path { return directory / "store.db"; }

  auto connect() const -> std::unique_ptr<sqlite::connection> {
    return std::make_unique<sqlite::connection>(sqlite::connection_options{
      .file = file(), .access = sqlite::access::create, .busy_timeout = std::chrono::seconds{60}});
  }

  std::filesystem::path directory;
};

constexpr std::array steps{
  sqlite::migration{1, "one", "CREATE TABLE first (a INTEGER)"},
  sqlite::migration{2, "two", "CREATE TABLE second (b INTEGER); INSERT INTO second VALUES (7)"},
};

auto failure_of(auto&& act) -> failure {
  try {
    act();
  } catch (const sqlite::store_error& error) {
    return error.failed;
  }
  throw std::runtime_error{"no failure"};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(migrations, migrated_file)

BOOST_AUTO_TEST_CASE(a_new_file_gets_every_step_in_order_and_remembers_them) {
  const auto on = connect();
  sqlite::migrate(*on, file(), steps, {});
  BOOST_TEST(on->number("SELECT b FROM second") == 7);
  BOOST_TEST(on->number("SELECT group_concat(number, '') FROM migrations") == 12);
  sqlite::migrate(*on, file(), steps, {});
  BOOST_TEST(on->number("SELECT count(*) FROM second") == 1);
}

BOOST_AUTO_TEST_CASE(an_older_file_gets_the_steps_that_it_lacks) {
  const auto on = connect();
  sqlite::migrate(*on, file(), std::span{steps}.first(1), {});
  on->run("INSERT INTO first VALUES (5)");
  const auto failed = failure_of([&] { sqlite::require_schema(*on, file(), steps); });
  BOOST_CHECK(failed.code == errc::schema_mismatch);
  BOOST_TEST(failed.detail.contains("has schema 1, this program reads schema 2"));
  sqlite::migrate(*on, file(), steps, {});
  BOOST_TEST(on->number("SELECT a + (SELECT b FROM second) FROM first") == 12);
  sqlite::require_schema(*on, file(), steps);
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_leaves_the_file_as_it_was) {
  const auto on = connect();
  sqlite::migrate(*on, file(), std::span{steps}.first(1), {});
  const std::array broken{
    steps[0], sqlite::migration{2, "bad", "CREATE TABLE half (c); SELECT * FROM nothing"}};
  BOOST_CHECK_THROW(sqlite::migrate(*on, file(), broken, {}), sqlite::database_error);
  BOOST_TEST(on->number("SELECT max(number) FROM migrations") == 1);
  BOOST_TEST(on->number("SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == 0);
}

// Fails when the steps are looked at before the lock is held.
BOOST_AUTO_TEST_CASE(of_programs_that_migrate_at_once_one_does_it) {
  for (int round = 0; round < 20; ++round) {
    std::filesystem::remove(file());
    std::barrier together{3};
    std::vector<std::jthread> programs;
    for (int i = 0; i < 3; ++i)
      programs.emplace_back([&] {
        const auto on = connect();
        together.arrive_and_wait();
        sqlite::migrate(*on, file(), steps, {});
      });
    programs.clear();
    BOOST_TEST(connect()->number("SELECT count(*) FROM second") == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_connection_of_the_store_never_replaces_an_event) {
  const auto on = connect();
  sqlite::migrate(*on, file(), sqlite::migrations(), {});
  on->run(
    "INSERT INTO events VALUES (1, 1, 1, zeroblob(16), zeroblob(16), 'e', 1, 1, '{}', 0, NULL)");
  BOOST_CHECK_THROW(on->run("REPLACE INTO events SELECT * FROM events"), sqlite::database_error);
}

BOOST_AUTO_TEST_SUITE_END()
