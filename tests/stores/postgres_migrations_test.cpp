#include "stores/postgres_backend.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <barrier>
#include <memory>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

namespace {

/// A store of the first schema, with an event and a checkpoint.
struct first_schema : postgres_backend {
  first_schema() {
    const auto store = must(open({}));
    const auto set = write_of(ids, {stream_of("a-1").event("e")});
    must_commit(*store, set);
    must(store->save_checkpoint("mail", {{1}, set.commit}));
    take_back();
  }

  /// Undoes what later steps did.
  void take_back() const {
    take_back_third();
    run("DROP TABLE dead_letters, read_models, sql_read_models; "
        "DELETE FROM migrations WHERE number > 1");
  }

  void take_back_third() const {
    run(
      "DROP VIEW log; CREATE VIEW log AS SELECT e.position, s.id AS stream, e.version, e.type, "
      "e.type_version, e.payload, e.payload_bytes, e.metadata, e.recorded_at, e.commit_id, "
      "e.event_id FROM events e JOIN streams s ON s.key = e.stream; "
      "DROP INDEX requests_recorded_at_idx; DROP TRIGGER events_keep_all_but_payloads ON events; "
      "DROP FUNCTION refuse_update_of_events; DROP TRIGGER events_are_immutable ON events; "
      "CREATE TRIGGER events_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON events FOR EACH "
      "STATEMENT EXECUTE FUNCTION refuse_change_of_events(); ALTER TABLE events DROP CONSTRAINT "
      "events_payload_check, DROP COLUMN archive, ADD CONSTRAINT events_payload_check CHECK "
      "((payload IS NULL) <> (payload_bytes IS NULL)); DROP TABLE archives; ALTER TABLE log_head "
      "DROP COLUMN restoring; DELETE FROM migrations WHERE number > 2");
  }

  sequential_ids ids;
};

void check_whole(event_store& store) {
  BOOST_TEST(types_in(read_all(store, "a-1").events) == "e");
  BOOST_TEST(must(store.load_checkpoint("mail")).has_value());
  must(store.park(
    {.projection = "mail", .event = {.position = {1}}, .why = {errc::codec_failed, "x"}}));
  BOOST_TEST(must(store.list_dead_letters({})).size() == 1U);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(migrations, first_schema)

BOOST_AUTO_TEST_CASE(a_store_of_the_first_schema_is_brought_up_to_date_with_all_that_is_in_it) {
  must_fail(open({.read_only = true}), errc::schema_mismatch, "has version 1");
  check_whole(*must(open({})));
  BOOST_TEST(
    ask("SELECT string_agg(number || ' ' || name, ', ' ORDER BY number) FROM migrations")
    == "1 events, streams and what readers keep, 2 dead letters and read models, 3 archives, "
       "and logs that are restored");
  check_healthy(*must(open({.read_only = true})));
}

BOOST_AUTO_TEST_CASE(an_older_schema_is_left_alone_by_who_is_told_not_to_change_it) {
  for (const auto& settings : {store_settings{.migrate = false}, store_settings{.read_only = true}})
    must_fail(open(settings), errc::schema_mismatch, "`eventcore migrate`");
  BOOST_TEST(ask("SELECT count(*) FROM migrations") == "1");
  must(open({}));
  must_commit(*must(open({.migrate = false})), write_of(ids, {stream_of("a-2").event("e")}));
}

BOOST_AUTO_TEST_CASE(whoever_brings_a_schema_up_to_date_is_told_of_each_step) {
  std::string told;
  const store_settings settings{.migrated = [&](int number, std::string_view name) {
    told += fmt::format("{} {}. ", number, name);
  }};
  must(open(settings));
  BOOST_TEST(told == "2 dead letters and read models. 3 archives, and logs that are restored. ");
  told.clear();
  must(open(settings));
  BOOST_TEST(told.empty());
  postgres_backend fresh;
  must(fresh.open(settings));
  BOOST_TEST(told.empty());
}

// Fails when a step rewrites the events, or reads them all while everybody waits.
BOOST_AUTO_TEST_CASE(the_third_step_leaves_the_events_where_they_are) {
  must(open({})).reset();
  take_back_third();
  const auto table = [&] { return ask("SELECT pg_relation_filenode('events')"); };
  const auto before = table();
  must(open({}));
  BOOST_TEST(table() == before);
  BOOST_TEST(
    ask("SELECT convalidated FROM pg_constraint WHERE conname = 'events_payload_check' AND "
        "conrelid = 'events'::regclass")
    == "f");
  check_whole(*must(open({})));
}

BOOST_AUTO_TEST_CASE(a_program_goes_on_while_another_brings_the_schema_up_to_date) {
  const auto older = must(open({})); // it has prepared its statements
  must_commit(*older, write_of(ids, {stream_of("a-2").event("e")}));
  take_back_third();
  must(open({}));
  must_commit(*older, write_of(ids, {stream_of("a-3").event("e").bytes("f", "x")}));
  BOOST_TEST(read_log_of(*older).events.size() == 4U);
  check_healthy(*older);
}

BOOST_AUTO_TEST_CASE(of_programs_that_bring_a_store_up_to_date_at_once_all_succeed) {
  constexpr std::size_t programs = 4;
  for (int round = 0; round < 3; ++round) {
    std::vector<result<std::shared_ptr<event_store>>> opened(
      programs, fail(errc::not_found, "not yet opened"));
    {
      std::barrier together{static_cast<std::ptrdiff_t>(programs)};
      std::vector<std::jthread> threads;
      for (auto& each : opened)
        threads.emplace_back([&] {
          together.arrive_and_wait();
          each = open({});
        });
    }
    for (auto& each : opened)
      check_whole(*must(each));
    BOOST_TEST(ask("SELECT count(*) FROM migrations") == "3");
    opened.clear();
    take_back();
  }
}

// An older program whose user may not make tables.
BOOST_AUTO_TEST_CASE(a_role_that_may_not_bring_the_store_up_to_date_is_told_so) {
  const auto role = schema + "_clerk";
  run("CREATE ROLE " + role + " LOGIN; GRANT USAGE ON SCHEMA " + schema + " TO " + role
      + "; GRANT ALL ON ALL TABLES IN SCHEMA " + schema + " TO " + role);
  must_fail(open_at(url_of(role)), errc::read_only, "'" + role + "'");
  BOOST_TEST(ask("SELECT count(*) FROM migrations") == "1");
  run("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

BOOST_AUTO_TEST_SUITE_END()
