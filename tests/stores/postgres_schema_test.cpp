#include "stores/postgres_backend.hpp"
#include "support/child.hpp"
#include "support/wait_until.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <barrier>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// What people find in the database, how it comes to be there, and what is left alone.

namespace {

struct own_database {
  own_database() {
    static int made = 0;
    name = "schemas_" + std::to_string(++made);
    server.create_database(name);
  }

  ~own_database() { server.run("DROP DATABASE " + name + " WITH (FORCE)"); }

  auto open(store_settings settings = {}, const std::string& schema = "eventcore") const
    -> result<std::shared_ptr<event_store>> {
    settings.postgres.schema = schema;
    return postgres::open(server.url(name), settings);
  }

  void run(const std::string& sql) const { server.run(sql, name); }
  auto ask(const std::string& sql) const -> std::string { return server.ask(sql, name); }

  /// All tables, views, functions and columns outside of PostgreSQL's own schemas.
  auto content() const -> postgres_rows {
    return server.query("SELECT n.nspname, c.relname, a.attname, a.atttypid::regtype, c.xmin FROM "
                        "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN "
                        "pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE n.nspname NOT "
                        "IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1, 2, 3",
                        name);
  }

  postgres_server& server = shared_server();
  std::string name;
  sequential_ids ids;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(schema, own_database)

// -- what people find ---------------------------------------------------------

// Names and types that `docs/postgresql.md` promises: whoever changes one breaks somebody's query.
BOOST_AUTO_TEST_CASE(the_tables_are_those_of_the_manual) {
  must(open()).reset();
  const auto columns_of = [&](const std::string& table) {
    return ask("SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY column_name) FROM "
               "information_schema.columns WHERE table_schema = 'eventcore' AND table_name = '"
               + table + "'");
  };
  BOOST_TEST(
    ask("SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM "
        "information_schema.tables WHERE table_schema = 'eventcore'")
    == "archives checkpoints dead_letters events leases log log_head migrations read_models "
       "requests snapshots sql_read_models streams");
  BOOST_TEST(
    columns_of("events")
    == "archive bigint, commit_id uuid, event_id uuid, metadata jsonb, payload jsonb, "
       "payload_bytes "
       "bytea, position bigint, recorded_at timestamp with time zone, stream bigint, type text, "
       "type_version bigint, version bigint");
  BOOST_TEST(
    columns_of("log")
    == "archive text, commit_id uuid, event_id uuid, metadata jsonb, payload jsonb, payload_bytes "
       "bytea, position bigint, recorded_at timestamp with time zone, stream text, type text, "
       "type_version bigint, version bigint");
  BOOST_TEST(columns_of("streams")
             == "commit_id uuid, id text, key bigint, kind text, version bigint");
  BOOST_TEST(columns_of("log_head")
             == "commit_id uuid, one boolean, position bigint, recorded_at timestamp with time "
                "zone, restoring text, stream_key bigint");
  BOOST_TEST(columns_of("archives")
             == "checksum text, file text, key bigint, made_at timestamp with time zone");
  BOOST_TEST(columns_of("requests")
             == "commit_id uuid, count bigint, digest bytea, id text, position bigint, recorded_at "
                "timestamp with time zone, versions jsonb");
  BOOST_TEST(columns_of("checkpoints") == "commit_id uuid, name text, position bigint");
  BOOST_TEST(
    columns_of("snapshots")
    == "commit_id uuid, fold text, payload bytea, stream bigint, version bigint, view text");
  BOOST_TEST(columns_of("dead_letters")
             == "attempts bigint, code text, detail text, parked_at timestamp with time zone, "
                "position bigint, projection text, retry boolean, stream text, type text");
  BOOST_TEST(columns_of("read_models")
             == "commit_id uuid, fold text, name text, payload bytea, position bigint");
  BOOST_TEST(columns_of("sql_read_models") == "building bigint, generation bigint, name text");
  BOOST_TEST(columns_of("leases")
             == "ends_at timestamp with time zone, epoch bigint, name text, nonce bigint");
  BOOST_TEST(columns_of("migrations")
             == "applied_at timestamp with time zone, name text, number bigint");
}

BOOST_AUTO_TEST_CASE(constraints_have_names_of_ours) {
  must(open()).reset();
  BOOST_TEST(ask("SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint WHERE "
                 "connamespace = 'eventcore'::regnamespace")
             == "archives_file_key archives_pkey checkpoints_pkey dead_letters_pkey "
                "events_payload_check events_pkey "
                "events_stream_version_key leases_pkey log_head_one_check log_head_pkey "
                "migrations_pkey read_models_pkey requests_pkey snapshots_pkey "
                "sql_read_models_pkey streams_id_key streams_pkey");
}

BOOST_AUTO_TEST_CASE(events_are_queried_by_what_is_in_them) {
  auto set = write_of(ids, {stream_of("account-1")
                              .event("deposited", R"({"amount": 5, "by": "it's me"})")
                              .event("deposited", R"({"amount": 7})")
                              .bytes("scanned", std::string{"\0x", 2})
                              .bytes("cleared", "")});
  set.metadata.actor = "alice";
  set.metadata.pairs = {{"branch", "Köln"}};
  must_commit(*must(open()), set);
  BOOST_TEST(ask("SELECT sum((payload->>'amount')::numeric) FROM eventcore.log WHERE type = "
                 "'deposited' AND stream = 'account-1'")
             == "12");
  BOOST_TEST(ask("SELECT position FROM eventcore.log WHERE payload @> '{\"by\": \"it''s me\"}'")
             == "1");
  BOOST_TEST(ask("SELECT count(*) FROM eventcore.log WHERE metadata->>'actor' = 'alice' AND "
                 "metadata->'pairs'->>'branch' = 'Köln'")
             == "4");
  BOOST_TEST(ask("SELECT encode(payload_bytes, 'hex') FROM eventcore.events WHERE position = 3")
             == "0078");
  BOOST_TEST(ask("SELECT length(payload_bytes) FROM eventcore.events WHERE position = 4") == "0");
  BOOST_TEST(ask("SELECT commit_id FROM eventcore.events WHERE position = 1") == set.commit.text());
  BOOST_TEST(ask("SELECT event_id FROM eventcore.log WHERE position = 2")
             == set.events[1].id.text());
  BOOST_TEST(ask("SELECT kind || version FROM eventcore.streams WHERE id = 'account-1'")
             == "account4");
  BOOST_TEST(ask("SELECT recorded_at BETWEEN now() - interval '1 minute' AND now() + interval '1 "
                 "minute' FROM eventcore.events WHERE position = 1")
             == "t");
}

BOOST_AUTO_TEST_CASE(the_database_refuses_to_change_events_in_words) {
  must_commit(*must(open()), write_of(ids, {stream_of("a-1").event("e").event("f")}));
  for (const auto* sql :
       {"UPDATE eventcore.events SET payload = '{}'", "DELETE FROM eventcore.events WHERE false",
        "TRUNCATE eventcore.events", "UPDATE eventcore.log SET type = 'x'",
        "MERGE INTO eventcore.events e USING eventcore.streams s ON e.stream = s.key WHEN MATCHED "
        "THEN DELETE"}) {
    std::string answer;
    try {
      run(sql);
    } catch (const std::exception& refusal) {
      answer = refusal.what();
    }
    BOOST_TEST((answer.contains("immutable") || answer.contains("cannot update view")),
               sql << ": " << answer);
  }
  BOOST_TEST(types_in(read_all(*must(open()), "a-1").events) == "e f");
}

// -- schemas ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(several_schemas_of_one_database_are_stores_apart) {
  const char* names[] = {"one", "my-Schema", "One", "sch\"ema", "public", "Ümlaut x", "select"};
  std::vector<std::shared_ptr<event_store>> stores;
  for (const auto* each : names)
    stores.push_back(must(open({}, each)));
  for (std::size_t i = 0; i < stores.size(); ++i)
    for (std::size_t n = 0; n <= i; ++n)
      must_commit(*stores[i],
                  write_of(ids, {stream_of(fmt::format("a-{}", n)).event("e", std::to_string(i))}));
  for (std::size_t i = 0; i < stores.size(); ++i) {
    BOOST_TEST_CONTEXT(names[i]) {
      BOOST_TEST(must(stores[i]->head()).position.value == i + 1);
      BOOST_TEST(read_all(*stores[i], "a-0").events.at(0).payload == std::to_string(i));
      BOOST_TEST(must(stores[i]->await({0}, std::chrono::seconds{10})).position.value == i + 1);
      check_healthy(*stores[i]);
    }
  }
  BOOST_TEST(ask("SELECT count(*) FROM \"my-Schema\".events") == "2");
  const auto lease = must(stores[0]->acquire_lease("mail", std::chrono::hours{1}));
  BOOST_CHECK(lease.has_value());
  BOOST_CHECK(must(stores[1]->acquire_lease("mail", std::chrono::hours{1})).has_value());
}

BOOST_AUTO_TEST_CASE(a_schema_of_another_application_is_refused_and_left_alone) {
  run("CREATE SCHEMA theirs; CREATE TABLE theirs.events (position int); "
      "INSERT INTO theirs.events VALUES (1); CREATE TABLE theirs.log_head (x int)");
  run("CREATE SCHEMA sequences; CREATE SEQUENCE sequences.numbers");
  const auto before = content();
  for (const auto* each : {"theirs", "sequences"})
    for (const bool read_only : {false, true})
      must_fail(open({.read_only = read_only}, each), errc::schema_mismatch, each);
  BOOST_CHECK(content() == before);
  BOOST_TEST(ask("SELECT count(*) FROM theirs.events") == "1");
}

BOOST_AUTO_TEST_CASE(an_empty_schema_becomes_a_store) {
  run("CREATE SCHEMA eventcore");
  must_fail(open({.read_only = true}), errc::not_found);
  must_commit(*must(open()), write_of(ids, {stream_of("a-1").event("e")}));
  BOOST_TEST(ask("SELECT count(*) FROM eventcore.events") == "1");
}

BOOST_AUTO_TEST_CASE(a_database_that_sorts_and_folds_by_a_language_makes_no_difference) {
  server.run("CREATE DATABASE by_language TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE "
             "'de-u-ks-level1'");
  {
    const auto store = must(postgres::open(server.url("by_language")));
    for (const auto* stream : {"a-1", "A-1", "ä-1", "a-", "B-1", "b-1", "ß-1", "ss-1"})
      must_commit(*store, write_of(ids, {stream_of(stream).event("e")}));
    BOOST_TEST(streams_in(read_log_of(*store, {.prefix = "a-"}).events) == "a-1 a-");
    BOOST_TEST(streams_in(read_log_of(*store, {.glob = "[A-Z]-1"}).events) == "A-1 B-1");
    BOOST_TEST(streams_in(read_log_of(*store, {.glob = "ss-*"}).events) == "ss-1");
    check_healthy(*store);
  }
  server.run("DROP DATABASE by_language WITH (FORCE)");
}

// -- migrating ----------------------------------------------------------------

// Fails when the schema is looked at, or made, before the lock is held.
BOOST_AUTO_TEST_CASE(of_programs_that_make_a_schema_at_once_all_succeed) {
  constexpr std::size_t programs = 6;
  for (int round = 0; round < 5; ++round) {
    const auto schema = fmt::format("at_once_{}", round);
    std::vector<result<std::shared_ptr<event_store>>> opened(
      programs, fail(errc::not_found, "not yet opened"));
    {
      std::barrier together{static_cast<std::ptrdiff_t>(programs)};
      std::vector<std::jthread> threads;
      for (auto& each : opened)
        threads.emplace_back([&] {
          together.arrive_and_wait();
          each = open({}, schema);
        });
    }
    for (auto& each : opened)
      must_commit(*must(each),
                  write_of(ids, {stream_of("a-" + ids.next_commit().text()).event("e")}));
    BOOST_TEST(ask("SELECT count(*) FROM " + schema + ".migrations") == "3");
    BOOST_TEST(must(must(open({}, schema))->head()).position.value == programs);
  }
}

BOOST_AUTO_TEST_CASE(of_processes_that_make_a_schema_at_once_all_succeed) {
  std::vector<std::unique_ptr<support::child>> processes;
  for (std::uint32_t i = 0; i < 4; ++i)
    processes.push_back(std::make_unique<support::child>([&, i](const auto& say, const auto& wait) {
      wait();
      sequential_ids own{10 + i};
      const auto store = must(open());
      must_commit(*store, write_of(own, {stream_of(fmt::format("a-{}", i)).event("e")}));
      say("made");
    }));
  for (const auto& each : processes)
    static_cast<void>(each->hear()); // it waits
  {
    std::vector<std::jthread> all_go_on;
    for (const auto& each : processes)
      all_go_on.emplace_back([&] { each->go_on(); });
  }
  BOOST_TEST(must(must(open())->head()).position.value == 4U);
  BOOST_TEST(ask("SELECT count(*) FROM eventcore.migrations") == "3");
}

BOOST_AUTO_TEST_CASE(a_newer_schema_is_refused_with_both_numbers_and_left_as_it_is) {
  must(open()).reset();
  run("INSERT INTO eventcore.migrations VALUES (7, 'from the future', '2100-01-01')");
  const auto before = content();
  for (const bool read_only : {false, true}) {
    const auto failed =
      must_fail(open({.read_only = read_only}), errc::schema_mismatch, "has version 7");
    BOOST_TEST(failed.detail.contains("use a newer version of the program"));
  }
  BOOST_CHECK(content() == before);
}

BOOST_AUTO_TEST_CASE(a_schema_that_lost_its_list_of_migrations_is_corrupt) {
  must(open()).reset();
  run("DELETE FROM eventcore.migrations");
  for (const bool read_only : {false, true})
    BOOST_TEST(
      must_fail(open({.read_only = read_only}), errc::store_corrupt).detail.contains("migrations"));
}

BOOST_AUTO_TEST_CASE(a_log_that_lost_its_last_event_is_refused) {
  must_commit(*must(open()), write_of(ids, {stream_of("a-1").event("e").event("f")}));
  run("SET session_replication_role = replica; DELETE FROM eventcore.events WHERE position = 2");
  BOOST_TEST(must_fail(open(), errc::store_corrupt).detail.contains("log head"));
}

BOOST_AUTO_TEST_CASE(a_missing_table_is_a_failure_that_names_it) {
  const auto store = must(open());
  run("DROP TABLE eventcore.checkpoints");
  const auto failed = must_fail(store->load_checkpoint("mail"), errc::schema_mismatch);
  BOOST_TEST(failed.detail.contains("checkpoints"));
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
}

// -- reading only -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_store_opened_for_reading_makes_nothing_and_refuses_every_write) {
  must_fail(open({.read_only = true}), errc::not_found);
  BOOST_TEST(content().empty());
  const auto writing = must(open());
  const auto before = content();
  const auto reading = must(open({.read_only = true}));
  const auto set = write_of(ids, {stream_of("b-1").event("e")});
  must_fail(*reading, set, errc::read_only);
  must_fail(reading->find_commit(set, {}), errc::read_only);
  must_fail(reading->save_checkpoint("mail", {}), errc::read_only);
  must_fail(reading->acquire_lease("mail", std::chrono::seconds{1}), errc::read_only);
  must_commit(*writing, set);
  BOOST_TEST(read_all(*reading, "b-1").events.size() == 1U);
  BOOST_CHECK(content() == before);
}

// The server becomes a standby that waits for a primary's log, and is promoted later.
BOOST_AUTO_TEST_CASE(a_standby_is_read_and_written_once_it_is_the_primary) {
  const auto own = must(postgres_server::start());
  const auto set = write_of(ids, {stream_of("a-1").event("e")});
  auto store = must(postgres::open(own->url()));
  must_commit(*store, set);
  own->stop();
  std::ofstream{own->directory() / "data" / "standby.signal"}.flush();
  own->start_again();
  BOOST_REQUIRE(own->ask("SELECT pg_is_in_recovery()") == "t");

  must_fail(postgres::open(own->url()), errc::read_only, "standby");
  const auto reading = must(postgres::open(own->url(), {.read_only = true}));
  BOOST_TEST(types_in(read_all(*reading, "a-1").events) == "e");
  BOOST_TEST(must(reading->await({0}, std::chrono::milliseconds{0})).position.value == 1U);
  const auto next = write_of(ids, {stream_of("a-2").event("e")});
  support::wait_until("the word that it is a standby", [&] {
    const auto outcome = store->append(next);
    return must_be<failure>(outcome).detail.contains("standby");
  });

  own->run("SELECT pg_promote()");
  support::wait_until("a commit",
                      [&] { return std::holds_alternative<committed>(store->append(next)); });
  BOOST_TEST(must(store->head()).position.value == 2U);
  check_healthy(*store);
}

BOOST_AUTO_TEST_SUITE_END()
