#include "locked_server.hpp"

#include "eventcore/testing/builders.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace locked_server_support;

// Which rights of a role are needed for what, and what those are told who lack one.

BOOST_FIXTURE_TEST_SUITE(rights, locked)

BOOST_AUTO_TEST_CASE(a_role_that_may_not_make_the_schema_is_told_which_right_it_lacks) {
  make_role("clerk");
  const auto failed = failure_at(url_of("clerk"));
  CHECK_FAILURE(failed, errc::read_only, "'clerk'");
  BOOST_TEST(failed.detail.contains(database));
  BOOST_TEST(server.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'eventcore'", database)
             == "0");
}

BOOST_AUTO_TEST_CASE(a_role_that_may_only_read_reads_and_is_told_so_when_it_writes) {
  const auto set = write_of(ids, {stream_of("a-1").event("e")});
  must_commit(*must(postgres::open(server.url(database))), set);
  make_role("auditor");
  server.run("GRANT USAGE ON SCHEMA eventcore TO auditor; "
             "GRANT SELECT ON ALL TABLES IN SCHEMA eventcore TO auditor",
             database);
  const auto reading = must(postgres::open(url_of("auditor"), {.read_only = true}));
  BOOST_TEST(types_in(read_all(*reading, "a-1").events) == "e");
  BOOST_TEST(types_in(read_log_of(*reading).events) == "e");
  BOOST_TEST(must(reading->head()).position.value == 1U);
  BOOST_CHECK(!must(reading->load_checkpoint("mail")));
  BOOST_CHECK(must(reading->list_checkpoints()).empty());
  BOOST_CHECK(!must(reading->load_read_model("top")));
  BOOST_CHECK(must(reading->list_dead_letters({})).empty());
  const transaction_work look = [](transaction&) -> result<> { return {}; };
  must(reading->inspect(look));
  must_fail(reading->transact({}, look), errc::read_only, "was opened for reading");
  must_fail(reading->drop_dead_letter("mail", {1}), errc::read_only, "was opened for reading");
  BOOST_TEST(must(reading->await({0}, std::chrono::seconds{10})).position.value == 1U);
  check_healthy(*reading);

  const auto writing = postgres::open(url_of("auditor"));
  auto failed = writing ? failure{errc::not_found, ""} : writing.error();
  if (writing) {
    failed = must_fail(**writing, write_of(ids, {stream_of("a-2").event("e")}), errc::read_only);
    must_fail((*writing)->acquire_lease("mail", std::chrono::seconds{1}), errc::read_only);
  }
  check_line(failed.text());
  CHECK_FAILURE(failed, errc::read_only, "'auditor'");
  BOOST_TEST(server.ask("SELECT count(*) FROM eventcore.events", database) == "1");
}

// The rights that `docs/postgresql.md` names.
BOOST_AUTO_TEST_CASE(a_role_with_the_rights_of_the_manual_needs_no_more) {
  must(postgres::open(server.url(database))).reset();
  make_role("teller");
  server.run(
    "GRANT USAGE ON SCHEMA eventcore TO teller; "
    "GRANT SELECT ON ALL TABLES IN SCHEMA eventcore TO teller; "
    "GRANT INSERT ON eventcore.events, eventcore.requests TO teller; "
    "GRANT INSERT, UPDATE ON eventcore.streams, eventcore.snapshots, eventcore.read_models, "
    "eventcore.leases TO teller; "
    "GRANT INSERT, UPDATE, DELETE ON eventcore.checkpoints, eventcore.dead_letters, "
    "eventcore.sql_read_models TO teller; "
    "GRANT UPDATE ON eventcore.log_head TO teller",
    database);
  const auto store = must(postgres::open(url_of("teller")));
  auto set = write_of(ids, {stream_of("a-1").event("e")});
  set.request = {must(request_id::of("orders/1")), digest_command("test", "{}")};
  must_commit(*store, set);
  must_commit(*store, write_of(ids, {stream_of("a-1").at(head_after(set, "a-1")).bytes("f", "x")}));
  const auto token = must(store->acquire_lease("mail", std::chrono::seconds{10})).value();
  must(store->renew_lease("mail", token, std::chrono::seconds{10}));
  const checkpoint first{{1}, set.commit};
  const checkpoint_move forth{"moved", {}, first, lease_claim{"mail", token}};
  const checkpoint_move back{"moved", first, {}, {}};
  const transaction_work look = [](transaction&) -> result<> { return {}; };
  must(store->transact({&forth, 1}, look));
  must(store->transact({&back, 1}, {}));
  must(store->inspect(look));
  must(store->release_lease("mail", token));
  must(store->save_checkpoint("mail", first));
  must(store->reset_checkpoint("mail"));
  BOOST_TEST(must(store->save_read_model({.name = "top", .at = first})));
  must(store->park(
    {.projection = "mail", .event = {.position = {1}}, .why = {errc::codec_failed, "x"}}));
  BOOST_TEST(must(store->retry_dead_letter("mail", {1})));
  BOOST_TEST(must(store->drop_dead_letter("mail", {1})));
  BOOST_TEST(must(store->save_snapshot({.stream = set.reads[0].stream,
                                        .view = "a",
                                        .fold = "1",
                                        .head = head_after(set, "a-1"),
                                        .payload = "{}"})));
  BOOST_CHECK_THROW(server.run("SET ROLE teller; DELETE FROM eventcore.events", database),
                    std::runtime_error);
}

// A schema that a role may not enter looks to it as if it were not there.
BOOST_AUTO_TEST_CASE(a_role_that_may_not_enter_the_schema_is_told_so) {
  must(postgres::open(server.url(database))).reset();
  make_role("stranger");
  for (const bool read_only : {false, true}) {
    const auto failed = failure_at(url_of("stranger"), {.read_only = read_only});
    BOOST_TEST((failed.code == errc::read_only || failed.code == errc::not_found), failed.text());
    BOOST_TEST((failed.detail.contains("'stranger'") || failed.detail.contains("right")),
               failed.text());
  }
}

BOOST_AUTO_TEST_CASE(a_role_that_may_not_connect_to_the_database_is_told_so) {
  make_role("outsider");
  server.run("REVOKE CONNECT ON DATABASE " + database + " FROM PUBLIC");
  CHECK_FAILURE(failure_at(url_of("outsider")), errc::invalid_argument, "'outsider'");
}

BOOST_AUTO_TEST_CASE(a_role_whose_connections_are_used_up_is_told_so) {
  make_role("narrow", "CONNECTION LIMIT 1");
  server.run("GRANT CREATE ON DATABASE " + database + " TO narrow");
  postgres_connection taken{url_of("narrow")};
  CHECK_FAILURE(failure_at(url_of("narrow")), errc::store_unavailable, "connections");
}

BOOST_AUTO_TEST_SUITE_END()
