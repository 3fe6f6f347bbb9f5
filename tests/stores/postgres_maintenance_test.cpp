#include "stores/postgres_backend.hpp"
#include "support/wait_until.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;

// What operators do with a store on PostgreSQL, beyond what the contract asks of every store.

namespace {

struct looked_after : postgres_backend {
  looked_after() : store{must(open({}))} {}

  auto work() const -> store_maintenance& { return store->maintenance(); }

  /// A closed stream of two events, read by nobody yet.
  auto closed(std::string_view stream) -> expectation {
    const auto set = write_of(
      ids, {stream_of(stream).event("placed", R"({"n": 1})").event(std::string{closed_event})});
    must_commit(*store, set);
    return {must(stream_id::of(stream)), head_after(set, stream)};
  }

  /// A role with the rights that the manual gives to programs that write.
  auto make_role() const -> std::string {
    const auto role = schema + "_clerk";
    run("CREATE ROLE " + role + " LOGIN; GRANT USAGE ON SCHEMA " + schema + " TO " + role
        + "; GRANT SELECT ON ALL TABLES IN SCHEMA " + schema + " TO " + role
        + "; GRANT INSERT ON events, requests TO " + role
        + "; GRANT INSERT, UPDATE ON streams, snapshots, read_models, leases TO " + role
        + "; GRANT INSERT, UPDATE, DELETE ON checkpoints, dead_letters, sql_read_models TO " + role
        + "; GRANT UPDATE ON log_head TO " + role);
    return role;
  }

  void drop_role(const std::string& role) const {
    run("DROP OWNED BY " + role + "; DROP ROLE " + role);
  }

  sequential_ids ids;
  std::shared_ptr<event_store> store;
};

const archive_entry old_file{.file = "old.json", .checksum = "c", .made_at = {}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(maintenance, looked_after)

// -- streams ------------------------------------------------------------------

// Kinds are parts of the index, and so are the gaps between them.
BOOST_AUTO_TEST_CASE(streams_of_kinds_between_those_that_are_wanted_are_left_out) {
  for (const auto* id : {"a-1", "b-1", "c-1", "c_d-1", "c", "d-1", "a-\xF4\x8F\xBF\xBF"})
    must_commit(*store, write_of(ids, {stream_of(id).event("e")}));
  const auto names = [&](const stream_query& query) {
    std::string all;
    for (const auto& each : must(work().list_streams(query)))
      all += each.id + ' ';
    return all;
  };
  BOOST_TEST(names({.kinds = {"c", "a"}}) == "a-1 a-\xF4\x8F\xBF\xBF c-1 ");
  BOOST_TEST(names({.prefix = "a-"}) == "a-1 a-\xF4\x8F\xBF\xBF ");
  BOOST_TEST(names({.prefix = "c"}) == "c c-1 c_d-1 ");
}

// -- rights -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_right_that_only_operators_need_is_named_when_it_lacks) {
  const auto stream = closed("order-1");
  const auto events = read_all(*store, "order-1");
  const auto role = make_role();
  {
    const auto clerk = must(open_at(url_of(role)));
    auto& theirs = clerk->maintenance();
    must_fail(theirs.forget_requests(0ms, 1), errc::read_only, "grant DELETE ON requests");
    must_fail(theirs.drop_snapshots({}), errc::read_only, "grant DELETE ON snapshots");
    must_fail(theirs.archive(old_file, {&stream, 1}), errc::read_only, "UPDATE ON archives");
    must_fail(theirs.unarchive("old.json", events.events), errc::read_only, "archive) ON events");
    must_fail(theirs.forget_archive("old.json"), errc::read_only, "DELETE ON archives");
    must(theirs.statistics());
    must(theirs.list_archives());
    run("GRANT DELETE ON requests, snapshots TO " + role
        + "; GRANT INSERT, UPDATE, DELETE ON archives TO " + role
        + "; GRANT UPDATE (payload, payload_bytes, archive) ON events TO " + role);
    must(theirs.forget_requests(0ms, 1));
    must(theirs.drop_snapshots({}));
    BOOST_TEST(must(theirs.archive(old_file, {&stream, 1})) == 1U);
    BOOST_TEST(must(theirs.unarchive("old.json", events.events)) == 1U);
    must(theirs.forget_archive("old.json"));
  }
  drop_role(role);
}

// -- archives -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_view_of_the_log_says_where_a_payload_is) {
  const auto stream = closed("order-1");
  must(work().archive(old_file, {&stream, 1}));
  BOOST_TEST(ask("SELECT archive FROM log WHERE position = 1") == "old.json");
  BOOST_TEST(ask("SELECT payload IS NULL AND payload_bytes IS NULL FROM log WHERE position = 1")
             == "t");
  BOOST_TEST(ask("SELECT archive IS NULL FROM log WHERE position = 2") == "t");
}

// Whatever is tried by hand, also in another schema's search_path.
BOOST_AUTO_TEST_CASE(the_database_lets_payloads_move_and_nothing_else) {
  const auto stream = closed("order-1");
  must_commit(*store, write_of(ids, {stream_of("open-1").event("placed").bytes("scanned", "x")}));
  run("INSERT INTO archives (file, checksum, made_at) VALUES ('by_hand', 'c', now())");
  const auto refused = [&](const std::string& sql) {
    const auto answer = try_to(sql);
    BOOST_TEST(answer.contains("immutable"), sql << ": " << answer);
  };
  const std::string take = "UPDATE events SET payload = NULL, payload_bytes = NULL, archive = 1";
  refused(take + " WHERE position = 2");                          // closes the stream
  refused(take + " WHERE position = 3");                          // of an open stream
  refused(take + " WHERE position = 4");                          // of an open stream, bytes
  refused(take);                                                  // one may, others may not
  refused(take + ", type = 'x' WHERE position = 1");              // changes more
  refused(take + ", recorded_at = now() WHERE position = 1");     // changes more
  refused(take + ", metadata = '{\"a\": 1}' WHERE position = 1"); // changes more
  refused(take + ", position = 100 WHERE position = 1");          // moves it
  refused("UPDATE events SET payload = NULL, archive = 2 WHERE position = 1"); // no such archive
  refused("UPDATE events SET payload = '{\"n\": 2}' WHERE position = 1");
  refused("UPDATE events SET type = type WHERE position = 1");
  BOOST_TEST(try_to("UPDATE events SET archive = 1 WHERE position = 1").contains("payload_check"));
  BOOST_TEST(
    try_to("UPDATE events SET payload = NULL WHERE position = 1").contains("payload_check"));

  auto elsewhere = server.connect(); // without the schema in its path
  elsewhere.run("CREATE TEMP TABLE streams (key int); CREATE TEMP TABLE archives (key int)");
  elsewhere.run("UPDATE " + schema + ".events SET payload = NULL, archive = 1 WHERE position = 1");
  BOOST_TEST(read_all(*store, "order-1").events[0].payload == "by_hand");
  refused("UPDATE events SET archive = 2 WHERE position = 1");
  refused("UPDATE events SET archive = NULL, payload = '{}', version = 9 WHERE position = 1");
  BOOST_TEST(
    try_to("UPDATE events SET archive = NULL WHERE position = 1").contains("payload_check"));
  run("UPDATE events SET archive = NULL, payload = '{\"n\": 1}' WHERE position = 1");
  BOOST_TEST(read_all(*store, "order-1").events[0].payload == R"({"n": 1})");
}

// An UPDATE of the trigger's that compared each row with each other would take hours.
BOOST_AUTO_TEST_CASE(a_long_stream_is_archived_and_put_back_at_once) {
  auto first = stream_of("long-1");
  constexpr std::size_t events = 9'000;
  for (std::size_t i = 0; i + 1 < events; ++i)
    first.event("e", R"({"n": 1})");
  first.event(std::string{closed_event});
  const auto set = write_of(ids, {first});
  must_commit(*store, set);
  const auto whole = must(store->read({.stream = first.id(), .page = {.events = 2 * events}}));
  const expectation expected{first.id(), head_after(set, "long-1")};
  BOOST_TEST(must(work().archive(old_file, {&expected, 1})) == events - 1);
  const auto page = must(store->read({.stream = first.id(), .page = {.events = 2 * events}}));
  BOOST_REQUIRE(page.events.size() == events);
  BOOST_TEST(page.events[events - 2].payload == "old.json");
  BOOST_TEST(must(work().unarchive("old.json", whole.events)) == events - 1);
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(archiving_keeps_nobody_from_appending_to_other_streams) {
  const auto stream = closed("order-1");
  auto other = connect();
  other.run("BEGIN; SELECT FROM events WHERE position = 1 FOR UPDATE");
  auto archiving =
    std::async(std::launch::async, [&] { return work().archive(old_file, {&stream, 1}); });
  support::wait_until("the archiving waits", [&] {
    return ask("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1";
  });
  const auto writing = must(open({.postgres = {.lock_timeout = 100ms}}));
  must_commit(*writing, write_of(ids, {stream_of("order-2").event("placed")}));
  other.run("ROLLBACK");
  BOOST_TEST(must(archiving.get()) == 1U);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_being_written_is_not_archived) {
  const auto stream = closed("order-1");
  auto other = connect();
  other.run("BEGIN; UPDATE streams SET version = 3 WHERE id = 'order-1'");
  must_fail(work().archive(old_file, {&stream, 1}), errc::version_conflict, "order-1");
  other.run("ROLLBACK");
  BOOST_TEST(must(work().archive(old_file, {&stream, 1})) == 1U);
}

// Between the reading of the event and the question where its payload is.
BOOST_AUTO_TEST_CASE(a_payload_that_comes_back_while_its_event_is_read_is_read) {
  const auto stream = closed("order-1");
  must(work().archive(old_file, {&stream, 1}));
  auto other = connect();
  other.run("BEGIN; LOCK archives");
  auto reading = std::async(std::launch::async, [&] { return read_all(*store, "order-1"); });
  support::wait_until("the reader", [&] {
    return ask(
             "SELECT count(*) FROM pg_locks WHERE relation = 'archives'::regclass AND NOT granted")
           == "1";
  });
  other.run("UPDATE events SET archive = NULL, payload = '{\"n\": 1}' WHERE position = 1; COMMIT");
  BOOST_TEST(reading.get().events[0].payload == R"({"n": 1})");
}

// -- requests -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(requests_age_by_the_servers_clock) {
  auto set = write_of(ids, {stream_of("order-1").event("placed")});
  set.request = request{must(request_id::of("r/1")), {}};
  must_commit(*store, set);
  BOOST_TEST(must(work().forget_requests(1h, 10)) == 0U);
  run("UPDATE requests SET recorded_at = clock_timestamp() - interval '61 minutes'");
  BOOST_TEST(must(work().forget_requests(1h, 10)) == 1U);
}

// -- snapshots ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_snapshot_does_not_wait_for_the_disk_and_all_else_does) {
  run(fmt::format("CREATE TABLE seen (text text); CREATE FUNCTION look() RETURNS trigger LANGUAGE "
                  "plpgsql AS $$ BEGIN INSERT INTO {}.seen SELECT TG_TABLE_NAME || ' ' || "
                  "current_setting('synchronous_commit'); RETURN NULL; END $$; "
                  "CREATE TRIGGER look AFTER INSERT ON events EXECUTE FUNCTION look(); "
                  "CREATE TRIGGER look AFTER INSERT ON checkpoints EXECUTE FUNCTION look(); "
                  "CREATE TRIGGER look AFTER INSERT ON snapshots EXECUTE FUNCTION look()",
                  schema));
  const auto set = write_of(ids, {stream_of("order-1").event("placed")});
  const snapshot state{.stream = must(stream_id::of("order-1")),
                       .view = "order",
                       .fold = "1",
                       .head = head_after(set, "order-1"),
                       .payload = "{}"};
  must_commit(*store, set);
  for (int round = 0; round < 2; ++round) {
    BOOST_TEST(must(store->save_snapshot(state)));
    must(store->save_checkpoint("mail", {{1}, set.commit}));
    must_commit(*store, write_of(ids, {stream_of(fmt::format("a-{}", round)).event("e")}));
  }
  BOOST_TEST(ask("SELECT string_agg(DISTINCT text, ', ') FROM seen")
             == "checkpoints on, events on, snapshots off");
}

BOOST_AUTO_TEST_CASE(a_later_snapshot_of_another_log_gives_way) {
  const auto set = write_of(ids, {stream_of("order-1").event("placed").event("paid")});
  const snapshot state{.stream = must(stream_id::of("order-1")),
                       .view = "order",
                       .fold = "1",
                       .head = {{1}, set.commit},
                       .payload = "1"};
  must_commit(*store, set);
  auto later = state;
  later.head.version = {2};
  BOOST_TEST(must(store->save_snapshot(later)));
  BOOST_TEST(!must(store->save_snapshot(state)));
  run("UPDATE snapshots SET version = 7, commit_id = gen_random_uuid()");
  BOOST_TEST(!must(work().list_snapshots({})).at(0).in_log);
  BOOST_TEST(must(store->save_snapshot(state)));
  BOOST_CHECK(must(store->load_snapshot(state.stream, "order")) == state);
}

// -- backup -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_backup_is_left_to_pg_dump_and_the_command_is_told_without_the_password) {
  const auto with_password =
    fmt::format("postgresql://eventcore:se'cret@127.0.0.1:{}/postgres", server.port());
  const auto opened = must(open_at(with_password));
  const auto failed = must_fail(
    opened->maintenance().back_up("/tmp/a b.dump", {}), errc::invalid_argument,
    fmt::format("pg_dump --format=custom --schema='\"{}\"' --file='/tmp/a b.dump' --dbname=",
                schema));
  BOOST_TEST(!failed.detail.contains("cret"));
  BOOST_TEST(failed.detail.contains(fmt::format("port='\\''{}'\\''", server.port())));
}

// -- statistics ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_size_is_that_of_the_schema) {
  const auto before = must(work().statistics());
  BOOST_TEST(before.schema == 3);
  BOOST_TEST(before.bytes > 0U);
  run("CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)");
  BOOST_TEST(must(work().statistics()).bytes > before.bytes + 1'000'000);
}

BOOST_AUTO_TEST_SUITE_END()
