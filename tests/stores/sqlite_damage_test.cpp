#include "stores/sqlite_backend.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// Every contradiction between events, streams, requests and the log head is named.

namespace {

struct damaged_file : sqlite_backend {
  // Two streams, five events, three commits, one request.
  damaged_file() {
    store = must(open({}));
    const auto first = write_of(ids, {stream_of("a-1").event("e"), stream_of("b-1").event("e")});
    auto second =
      write_of(ids, {stream_of("a-1").at(head_after(first, "a-1")).event("f").event("g")});
    second.request = request{must(request_id::of("orders/7")), {}};
    must_commit(*store, first);
    must_commit(*store, second);
    must_commit(*store,
                write_of(ids, {stream_of("b-1").at(head_after(first, "b-1")).bytes("h", "x")}));
    run("DROP TRIGGER events_are_not_updated; DROP TRIGGER events_are_not_deleted");
  }

  /// What is found after `sql`.
  auto found_after(const char* sql) -> std::vector<std::string> {
    run(sql);
    return must(store->find_damage());
  }

  std::shared_ptr<event_store> store;
  sequential_ids ids;
};

auto holds(const std::vector<std::string>& found, std::string_view text) -> bool {
  return std::ranges::any_of(found, [&](const std::string& each) { return each.contains(text); });
}

struct damage {
  const char* sql;
  const char* text;
};

constexpr damage damages[] = {
  {"UPDATE log_head SET position = 9", "the log head names position 9"},
  {"UPDATE log_head SET commit_id = zeroblob(16)", "the last event is at 5"},
  {"DELETE FROM events WHERE position = 3", "there is no event between positions 2 and 4"},
  {"DELETE FROM events WHERE position = 3",
   "stream a-1 has no event between its versions 1 and 3 (position 4)"},
  {"UPDATE events SET recorded_at = 1 WHERE position = 4",
   "the event at position 4 was recorded earlier"},
  {"UPDATE events SET version = 9 WHERE position = 4",
   "stream a-1 has no event between its versions 2 and 9"},
  {"UPDATE events SET version = version + 10 WHERE position = 3; "
   "UPDATE events SET version = 2 WHERE position = 4; "
   "UPDATE events SET version = 3 WHERE position = 3",
   "version 2 of stream a-1 is at position 4, behind the next version at 3"},
  {"UPDATE streams SET version = 7 WHERE id = 'a-1'", "stream a-1 says version 7"},
  {"UPDATE streams SET commit_id = zeroblob(16) WHERE id = 'b-1'",
   "stream b-1 says version 2 and commit 0000"},
  {"DELETE FROM streams WHERE id = 'b-1'", "the event at position 2 belongs to a stream with key"},
  {"INSERT INTO streams VALUES (99, 'c-1', 'c', 1, zeroblob(16))", "stream c-1 says version 1"},
  {"UPDATE streams SET kind = 'z' WHERE id = 'a-1'", "stream a-1 is stored under the kind 'z'"},
  {"UPDATE events SET commit_id = (SELECT commit_id FROM events WHERE position = 1) WHERE position "
   "= 4",
   "is torn: its 3 events lie between positions 1 and 4"},
  {"UPDATE events SET payload = CAST(payload AS BLOB) WHERE position = 1",
   "the event at position 1 is stored in a form that its encoding 1 does not have"},
  {"UPDATE events SET encoding = 1 WHERE position = 5", "position 5 is stored in a form"},
  {"UPDATE events SET event_id = x'00' WHERE position = 5", "position 5 is stored in a form"},
  {"UPDATE requests SET position = 1", "request 'orders/7' names commit"},
  {"UPDATE requests SET count = 3", "request 'orders/7' names commit"},
  {"UPDATE requests SET position = 99", "request 'orders/7' names commit"},
  {"UPDATE events SET encoding = 3, payload = 7 WHERE position = 1",
   "1 events refer to an archive with key 7, which does not exist"},
  {"UPDATE events SET encoding = 3 WHERE position = 1", "position 1 is stored in a form"},
  {"INSERT INTO archives VALUES (1, 'old.json', '', 0, 1); "
   "UPDATE events SET encoding = 3, payload = 1 WHERE position = 3",
   "the event at position 3 is archived, but its stream (key 1) was not closed behind it"},
  {"INSERT INTO archives VALUES (1, 'old.json', '', 0, 2)",
   "archive 'old.json' is said to have the payloads of 2 events, 0 refer to it"},
  {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'metadata TEXT', "
   "'metadata TEXT NOT NULL') WHERE name = 'events'; PRAGMA schema_version = 99",
   "the file: NULL value in events.metadata"},
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_whole_log_has_no_damage, damaged_file) {
  BOOST_TEST(must(store->find_damage()).empty());
}

BOOST_AUTO_TEST_CASE(each_kind_of_damage_is_named) {
  for (const auto& each : damages) {
    damaged_file file;
    const auto found = file.found_after(each.sql);
    BOOST_TEST_CONTEXT(each.sql << ": found " << found.size() << ", first "
                                << (found.empty() ? "" : found.front())) {
      BOOST_TEST(holds(found, each.text));
    }
  }
}

BOOST_FIXTURE_TEST_CASE(an_event_of_no_stream_is_a_failure_to_readers_and_not_passed_over,
                        damaged_file) {
  run("DELETE FROM streams WHERE id = 'b-1'");
  for (const auto& filter : {event_filter{}, event_filter{.prefix = "a-"}})
    must_fail(store->read(read_log{.filter = filter}), errc::store_corrupt,
              "the event at position 2 belongs to no stream");
}

BOOST_FIXTURE_TEST_CASE(an_unreadable_row_is_a_failure_with_its_position, damaged_file) {
  run("UPDATE events SET encoding = 4 WHERE position = 4");
  must_fail(store->read({.stream = stream_id::trusted("a-1")}), errc::store_corrupt,
            "the event at position 4 is damaged: its encoding is unknown");
  run("UPDATE events SET encoding = 3, payload = 7 WHERE position = 4");
  must_fail(store->read({.stream = stream_id::trusted("a-1")}), errc::store_corrupt,
            "position 4 is damaged: its payload is in an archive that the store does not know");
  run("UPDATE events SET event_id = x'0102' WHERE position = 5");
  must_fail(store->read(read_log{.after = {4}}), errc::store_corrupt,
            "the event at position 5 is damaged: an id has not 16 bytes");
}

// Fails when such a file is taken for one that no step was applied to.
BOOST_FIXTURE_TEST_CASE(a_file_without_its_list_of_migrations_is_corrupt, damaged_file) {
  run("DELETE FROM migrations");
  for (const bool read_only : {false, true})
    must_fail(open({.read_only = read_only}), errc::store_corrupt,
              "has lost the list of its migrations; it is left as it is, restore a backup");
}

BOOST_FIXTURE_TEST_CASE(a_missing_table_is_a_failure, damaged_file) {
  run("DROP TABLE requests");
  auto set = write_of(ids, {stream_of("c-1").event("e")});
  set.request = request{must(request_id::of("orders/8")), {}};
  must_fail(*store, set, errc::schema_mismatch, "no such table");
  BOOST_TEST(must(store->head()).position.value == 5U);
}
