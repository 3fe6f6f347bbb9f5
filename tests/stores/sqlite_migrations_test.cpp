#include "errors.hpp"
#include "schema.hpp"

#include "eventcore/stores/sqlite.hpp"
#include "eventcore/testing/checks.hpp"

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
using namespace eventcore::testing;

// How a file gets to the program's schema.

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

// -- the steps of the store ---------------------------------------------------

BOOST_AUTO_TEST_CASE(a_file_of_the_first_schema_keeps_what_is_in_it) {
  const auto steps_of_store = sqlite::migrations();
  {
    const auto on = connect();
    on->run("PRAGMA journal_mode = WAL");
    sqlite::migrate(*on, file(), steps_of_store.first(1), {});
    BOOST_TEST(on->number("SELECT count(*) FROM sqlite_schema WHERE name = 'dead_letters'") == 0);
    on->run("INSERT INTO streams VALUES (1, 'a-1', 'a', 1, zeroblob(16))");
    on->run("INSERT INTO events VALUES (1, 1, 1, zeroblob(16), zeroblob(16), 'e', 1, 1, '{}', 0, "
            "NULL)");
    on->run("UPDATE log_head SET position = 1");
    on->run("INSERT INTO checkpoints VALUES ('mail', 1, zeroblob(16))");
    on->run("INSERT INTO leases VALUES ('mail', 3, 4, 0)");
  }
  must_fail(sqlite::open(file(), {{.read_only = true}}), errc::schema_mismatch,
            "has schema 1, this program reads schema 3; `eventcore migrate` brings it up to date");
  const auto store = must(sqlite::open(file()));
  BOOST_TEST(connect()->number("SELECT max(number) FROM migrations") == 3);
  BOOST_TEST(types_in(read_all(*store, "a-1").events) == "e");
  BOOST_CHECK((must(store->load_checkpoint("mail")) == checkpoint{{1}, {}}));
  BOOST_TEST(must(store->acquire_lease("mail", std::chrono::seconds{1}))->epoch == 4U);
  const checkpoint_move move{"mail", {{1}, {}}, {}, {}};
  must(store->transact({&move, 1}, {}));
  must(store->park({.projection = "mail", .why = {errc::codec_failed, "x"}}));
  BOOST_TEST(must(store->list_dead_letters({})).size() == 1U);
  must(sqlite::open(file(), {{.read_only = true}}));
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(a_file_of_the_second_schema_is_archived_when_it_was_brought_up_to_date) {
  {
    const auto on = connect();
    on->run("PRAGMA journal_mode = WAL");
    sqlite::migrate(*on, file(), sqlite::migrations().first(2), {});
    on->run("INSERT INTO streams VALUES (1, 'a-1', 'a', 2, zeroblob(16))");
    on->run(
      "INSERT INTO events VALUES (1, 1, 1, zeroblob(16), zeroblob(16), 'e', 1, 1, "
      "'{\"n\":1}', 0, NULL), (2, 1, 2, zeroblob(16), zeroblob(16), '$closed', 1, 1, '{}', 0, "
      "NULL)");
    on->run("UPDATE log_head SET position = 2");
    on->run(
      "INSERT INTO requests VALUES ('r/1', zeroblob(16), zeroblob(16), 1, 2, '{\"a-1\":2}', 0)");
  }
  const auto store = must(sqlite::open(file()));
  check_healthy(*store);
  auto& work = store->maintenance();
  BOOST_TEST(must(work.list_requests("", 9)).at(0).done.streams.at(0).version.value == 2U);
  const auto before = read_log_of(*store);
  BOOST_TEST(before.events.at(0).payload == "{\"n\":1}");
  const expectation closed{stream_id::trusted("a-1"), {{2}, {}}};
  BOOST_TEST(must(work.archive({.file = "old.json"}, {&closed, 1})) == 1U);
  BOOST_TEST(read_log_of(*store).events.at(0).payload == "old.json");
  BOOST_TEST(must(work.unarchive("old.json", before.events)) == 1U);
  BOOST_TEST(read_log_of(*store).events.at(0).payload == "{\"n\":1}");
}

BOOST_AUTO_TEST_CASE(an_older_file_is_left_as_it_is_when_it_is_not_to_be_migrated) {
  {
    const auto on = connect();
    on->run("PRAGMA journal_mode = WAL");
    sqlite::migrate(*on, file(), sqlite::migrations().first(2), {});
  }
  for (const bool read_only : {false, true})
    must_fail(
      sqlite::open(file(), {{.read_only = read_only, .migrate = false}}), errc::schema_mismatch,
      "has schema 2, this program reads schema 3; `eventcore migrate` brings it up to date");
  BOOST_TEST(connect()->number("SELECT max(number) FROM migrations") == 2);
}

BOOST_AUTO_TEST_CASE(each_step_that_was_taken_is_told) {
  std::string told;
  const store_settings settings{.migrated = [&](int number, std::string_view name) {
    told += fmt::format("{}: {}\n", number, name);
  }};
  {
    const auto on = connect();
    on->run("PRAGMA journal_mode = WAL");
    sqlite::migrate(*on, file(), sqlite::migrations().first(1), {});
  }
  must(sqlite::open(file(), {settings}));
  BOOST_TEST(told == "2: dead letters and read models\n3: archives and restoring\n");
  must(sqlite::open(file(), {settings}));
  BOOST_TEST(told == "2: dead letters and read models\n3: archives and restoring\n");
  must(sqlite::open(directory / "new.db", {{.migrate = false}}));
}

BOOST_AUTO_TEST_CASE(a_connection_of_the_store_never_replaces_an_event) {
  const auto on = connect();
  sqlite::migrate(*on, file(), sqlite::migrations(), {});
  on->run(
    "INSERT INTO events VALUES (1, 1, 1, zeroblob(16), zeroblob(16), 'e', 1, 1, '{}', 0, NULL)");
  BOOST_CHECK_THROW(on->run("REPLACE INTO events SELECT * FROM events"), sqlite::database_error);
}

BOOST_AUTO_TEST_SUITE_END()
