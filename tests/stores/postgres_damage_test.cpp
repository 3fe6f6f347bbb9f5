#include "stores/postgres_backend.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// Every contradiction between events, streams, requests and the log head is named.

namespace {

struct damaged_schema : postgres_backend {
  // Two streams, five events, three commits, one request.
  damaged_schema() {
    store = must(open({}));
    const auto first = write_of(ids, {stream_of("a-1").event("e"), stream_of("b-1").event("e")});
    auto second =
      write_of(ids, {stream_of("a-1").at(head_after(first, "a-1")).event("f").event("g")});
    second.request = request{must(request_id::of("orders/7")), {}};
    must_commit(*store, first);
    must_commit(*store, second);
    must_commit(*store,
                write_of(ids, {stream_of("b-1").at(head_after(first, "b-1")).bytes("h", "x")}));
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
  {"UPDATE log_head SET commit_id = gen_random_uuid()", "the last event is at 5"},
  {"UPDATE log_head SET stream_key = 1", "there is a stream with key 2"},
  {"DELETE FROM events WHERE position = 3", "there is no event between positions 2 and 4"},
  {"DELETE FROM events WHERE position = 3",
   "stream a-1 has no event between its versions 1 and 3 (position 4)"},
  {"UPDATE events SET recorded_at = 'epoch' WHERE position = 4",
   "the event at position 4 was recorded earlier"},
  {"UPDATE events SET version = 9 WHERE position = 4",
   "stream a-1 has no event between its versions 2 and 9"},
  {"UPDATE events SET version = version + 10 WHERE position = 3; "
   "UPDATE events SET version = 2 WHERE position = 4; "
   "UPDATE events SET version = 3 WHERE position = 3",
   "version 2 of stream a-1 is at position 4, behind the next version at 3"},
  {"UPDATE streams SET version = 7 WHERE id = 'a-1'", "stream a-1 says version 7"},
  {"UPDATE streams SET commit_id = gen_random_uuid() WHERE id = 'b-1'",
   "stream b-1 says version 2 and commit"},
  {"DELETE FROM streams WHERE id = 'b-1'", "the event at position 2 belongs to a stream with key"},
  {"INSERT INTO streams (key, id, kind, version, commit_id) VALUES (99, 'c-1', 'c', 1, "
   "gen_random_uuid())",
   "stream c-1 says version 1"},
  {"UPDATE streams SET kind = 'z' WHERE id = 'a-1'", "stream a-1 is stored under the kind 'z'"},
  {"UPDATE events SET commit_id = (SELECT commit_id FROM events WHERE position = 1) WHERE position "
   "= 4",
   "is torn: its 3 events lie between positions 1 and 4"},
  {"ALTER TABLE events DROP CONSTRAINT events_payload_check; "
   "UPDATE events SET payload = NULL WHERE position = 1",
   "the event at position 1 has not exactly one payload"},
  {"UPDATE events SET payload = NULL, archive = 7 WHERE position = 1",
   "the payload of the event at position 1 is in an archive with key 7"},
  {"INSERT INTO archives (file, checksum, made_at) VALUES ('old.json', '', now()); "
   "UPDATE events SET payload = NULL, archive = (SELECT key FROM archives) WHERE position = 3",
   "the event at position 3 is archived, but its stream (key 1) was not closed behind it"},
  {"UPDATE requests SET position = 1", "request 'orders/7' names commit"},
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_whole_log_has_no_damage, damaged_schema) {
  BOOST_TEST(must(store->find_damage()).empty());
}

BOOST_AUTO_TEST_CASE(each_kind_of_damage_is_named) {
  for (const auto& each : damages) {
    damaged_schema schema;
    schema.run_untriggered(each.sql);
    const auto found = must(schema.store->find_damage());
    BOOST_TEST_CONTEXT(each.sql << ": found " << found.size() << ", first "
                                << (found.empty() ? "" : found.front())) {
      BOOST_TEST(holds(found, each.text));
    }
  }
}

BOOST_FIXTURE_TEST_CASE(an_event_of_no_stream_is_a_failure_to_readers_and_not_passed_over,
                        damaged_schema) {
  run("DELETE FROM streams WHERE id = 'b-1'");
  for (const auto& filter : {event_filter{}, event_filter{.prefix = "a-"}})
    BOOST_TEST(must_fail(store->read(read_log{.filter = filter}), errc::store_corrupt)
                 .detail.contains("the event at position 2 belongs to no stream"));
}

BOOST_FIXTURE_TEST_CASE(an_event_without_a_payload_is_a_failure_with_its_position, damaged_schema) {
  run_untriggered("ALTER TABLE events DROP CONSTRAINT events_payload_check; "
                  "UPDATE events SET payload = NULL WHERE position = 4");
  const auto of_stream =
    must_fail(store->read({.stream = stream_id::trusted("a-1")}), errc::store_corrupt);
  const auto of_log = must_fail(store->read(read_log{.after = {3}}), errc::store_corrupt);
  for (const auto& failed : {of_stream, of_log})
    BOOST_TEST(failed.detail.contains("the event at position 4 has no payload"));
}
