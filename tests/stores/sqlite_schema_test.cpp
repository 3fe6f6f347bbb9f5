#include "stores/sqlite_backend.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// That events stay as they are, and that files of others and of later programs do.

namespace {

struct schema_file : sqlite_backend {
  auto content() const -> std::string {
    std::ifstream in{file(), std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  auto files() const -> std::ptrdiff_t {
    return std::distance(std::filesystem::directory_iterator{directory}, {});
  }

  sequential_ids ids;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(schema, schema_file)

BOOST_AUTO_TEST_CASE(the_database_refuses_to_change_delete_or_replace_events) {
  must_commit(*must(open({})), write_of(ids, {stream_of("a-1").event("e").event("f")}));
  const std::pair<const char*, const char*> attempts[] = {
    {"UPDATE events SET payload = '{}'", "events are immutable: they are never updated"},
    {"UPDATE events SET position = 9 WHERE position = 1", "never updated"},
    {"DELETE FROM events WHERE position = 2", "events are immutable: they are never deleted"},
    {"DELETE FROM events", "never deleted"},
    {"PRAGMA recursive_triggers = ON; REPLACE INTO events SELECT position, stream, version, "
     "commit_id, event_id, 'x', 1, 1, '{}', 0, NULL FROM events",
     "never deleted or replaced"},
    {"PRAGMA recursive_triggers = ON; REPLACE INTO events SELECT position + 10, stream, version, "
     "commit_id, event_id, 'x', 1, 1, '{}', 0, NULL FROM events",
     "never deleted or replaced"},
  };
  for (const auto& [sql, answer] : attempts)
    BOOST_TEST(try_to(sql).contains(answer), sql);
  BOOST_TEST(types_in(read_all(*must(open({})), "a-1").events) == "e f");
}

// A payload may give way to the key of an archive, where its stream is closed, and come back. Nothing
// else may happen to an event, whoever tries.
BOOST_AUTO_TEST_CASE(only_payloads_of_closed_streams_give_way_to_an_archive) {
  {
    const auto store = must(open({}));
    must_commit(
      *store,
      write_of(ids, {stream_of("a-1").event("e").bytes("f", "x").event(std::string{closed_event}),
                     stream_of("b-1").event("e")}));
    must(store->maintenance().archive({.file = "old.json", .checksum = "c"}, {}));
  }
  const auto is_refused = [&](const std::string& change) {
    BOOST_TEST(try_to(("UPDATE events SET " + change).c_str()).contains("never updated"), change);
  };
  is_refused("encoding = 3, payload = 1 WHERE position = 3"); // $closed itself
  is_refused("encoding = 3, payload = 1 WHERE position = 4"); // of an open stream
  is_refused("encoding = 3, payload = 2 WHERE position = 1"); // no such archive
  is_refused("encoding = 3, payload = '1' WHERE position = 1");
  is_refused("encoding = 3 WHERE position = 1");
  is_refused("payload = 1 WHERE position = 1");
  is_refused("encoding = 2, payload = x'00' WHERE position = 1");
  for (const auto* column :
       {"position = 9", "stream = 2", "version = 9", "commit_id = zeroblob(16)",
        "event_id = zeroblob(16)", "type = 'x'", "type_version = 2",
        "recorded_at = recorded_at + 1", "metadata = '{}'"})
    is_refused(std::string{"encoding = 3, payload = 1, "} + column + " WHERE position = 1");
  run("UPDATE events SET encoding = 3, payload = 1 WHERE position < 3");
  is_refused("payload = 2 WHERE position = 1");
  is_refused("encoding = 1, payload = x'00' WHERE position = 1");
  is_refused("encoding = 2, payload = '{}' WHERE position = 1");
  is_refused("encoding = 1, payload = NULL WHERE position = 1");
  is_refused("encoding = NULL, payload = '{}' WHERE position = 1");
  for (const auto* column : {"version = 9", "type = 'x'", "metadata = '{}'"})
    is_refused(std::string{"encoding = 1, payload = '{}', "} + column + " WHERE position = 1");
  BOOST_TEST(try_to("DELETE FROM events WHERE position = 1").contains("never deleted"));
  run("UPDATE events SET encoding = 1, payload = '{}' WHERE position = 1");
  run("UPDATE events SET encoding = 2, payload = CAST('x' AS BLOB) WHERE position = 2");
  const auto page = read_all(*must(open({})), "a-1");
  BOOST_TEST(page.events[0].payload == "{}");
  BOOST_TEST(page.events[1].payload == "x");
}

BOOST_AUTO_TEST_CASE(a_newer_schema_is_refused_with_both_numbers_and_left_as_it_is) {
  must(open({})).reset();
  run("INSERT INTO migrations VALUES (7, 'from the future', '2100-01-01T00:00:00Z')");
  const auto before = content();
  for (const bool read_only : {false, true}) {
    const auto failed = must_fail(open({.read_only = read_only}), errc::schema_mismatch,
                                  "has schema 7, this program knows schemas up to 3");
    BOOST_TEST(failed.detail.contains("use a newer version of the program"));
  }
  BOOST_CHECK(content() == before);
}

// -- files of others ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_database_of_another_application_is_refused_and_not_touched) {
  for (const auto* made : {
         "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')",
         "PRAGMA application_id = 252006675",
         "PRAGMA journal_mode = WAL; CREATE TABLE events (position INTEGER)",
       }) {
    std::filesystem::remove(file());
    run(made);
    const auto before = content();
    const auto modified = std::filesystem::last_write_time(file());
    for (const bool read_only : {false, true})
      must_fail(open({.read_only = read_only}), errc::schema_mismatch, "of another application");
    BOOST_CHECK(content() == before);
    BOOST_CHECK(std::filesystem::last_write_time(file()) == modified);
    BOOST_TEST(files() == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_database_that_another_application_is_filling_is_left_with_its_log) {
  sqlite3* other = nullptr;
  sqlite3_open(file().c_str(), &other);
  sqlite3_exec(other, "PRAGMA journal_mode = WAL; CREATE TABLE notes (text)", nullptr, nullptr,
               nullptr);
  must_fail(open({}), errc::schema_mismatch, "of another application");
  BOOST_CHECK(sqlite3_exec(other, "INSERT INTO notes VALUES (1)", nullptr, nullptr, nullptr)
              == SQLITE_OK);
  sqlite3_close(other);
  BOOST_TEST(try_to("SELECT text FROM notes").empty());
}

BOOST_AUTO_TEST_CASE(an_empty_file_becomes_a_store) {
  std::ofstream{file()}.flush();
  must_fail(open({.read_only = true}), errc::schema_mismatch,
            "holds no event store yet; open it for writing once");
  must_commit(*must(open({})), write_of(ids, {stream_of("a-1").event("e")}));
}

BOOST_AUTO_TEST_SUITE_END()
