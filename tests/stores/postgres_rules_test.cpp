#include "stores/postgres_backend.hpp"
#include "support/row_holder.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;
using support::row_holder;

// The rules of the critical section and of leases, each brought into the situation in which it
// matters: another program holds a row, and what was known before is out of date when it lets go.

namespace {

struct contended : postgres_backend {
  using postgres_backend::open;

  auto open() -> std::shared_ptr<event_store> { return must(open(store_settings{})); }

  auto hold(const std::string& which) const -> row_holder { return {connect(), which}; }

  /// `append` on a thread of its own.
  static auto appending(event_store& store, const write_set& set) -> std::future<append_outcome> {
    return std::async(std::launch::async, [&store, set] { return store.append(set); });
  }

  auto write_for(std::string_view request, const stream_of& stream) -> write_set {
    auto set = write_of(ids, {stream});
    set.request = {must(request_id::of(request)), digest_command("test", "{}")};
    return set;
  }

  sequential_ids ids;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rules, contended)

// -- the log head (R8) --------------------------------------------------------

// Fails when the lock is taken and the versions are read by one statement: its snapshot is older
// than the lock, and the second writer finds the stream where it was.
BOOST_AUTO_TEST_CASE(a_writer_that_waited_for_the_lock_sees_what_was_committed_meanwhile) {
  const auto here = open();
  const auto there = open();
  must_commit(*here, write_of(ids, {stream_of("a-1").event("first")}));
  for (int round = 0; round < 5; ++round) {
    const auto head = head_of(*there, "a-1");
    auto other = hold("log_head");
    auto one = appending(*here, write_of(ids, {stream_of("a-1").at(head).event("next")}));
    auto two = appending(*there, write_of(ids, {stream_of("a-1").at(head).event("next")}));
    other.wait_for_queue(2);
    other.let_go();
    const auto outcome = one.get();
    const auto rival = two.get();
    const bool won = std::holds_alternative<committed>(outcome);
    const auto& winner = must_be<committed>(won ? outcome : rival);
    const auto& loser = must_be<refused>(won ? rival : outcome);
    BOOST_CHECK(loser.streams.at(0).found.commit == winner.commit);
  }
  check_healthy(*here);
}

BOOST_AUTO_TEST_CASE(of_two_first_writes_to_one_stream_that_waited_one_is_refused) {
  const auto here = open();
  const auto there = open();
  auto other = hold("log_head");
  auto one = appending(*here, write_of(ids, {stream_of("new-1").event("e")}));
  auto two = appending(*there, write_of(ids, {stream_of("new-1").event("e")}));
  other.wait_for_queue(2);
  other.let_go();
  const auto outcome = one.get();
  const auto rival = two.get();
  const bool won = std::holds_alternative<committed>(outcome);
  must_be<committed>(won ? outcome : rival);
  must_be<refused>(won ? rival : outcome);
  BOOST_TEST(must(here->head()).position.value == 1U);
  check_healthy(*here);
}

BOOST_AUTO_TEST_CASE(an_answer_is_checked_under_the_lock_as_well) {
  const auto store = open();
  auto other = hold("log_head");
  auto set = write_of(ids, {stream_of("a-1")});
  set.effect = effect::answer;
  auto answer = appending(*store, set);
  other.wait_for_queue(1);
  other.let_go();
  BOOST_TEST(must_be<committed>(answer.get()).count == 0U);
}

BOOST_AUTO_TEST_CASE(without_its_log_head_the_store_writes_nothing) {
  const auto store = open();
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
  run("CREATE TABLE kept AS SELECT * FROM log_head; DELETE FROM log_head");
  must_fail(*store, write_of(ids, {stream_of("a-2").event("e")}), errc::store_corrupt);
  must_fail(store->head(), errc::store_corrupt);
  BOOST_TEST(ask("SELECT count(*) FROM events") == "1");
  run("INSERT INTO log_head SELECT * FROM kept");
  must_commit(*store, write_of(ids, {stream_of("a-2").event("e")}));
}

// A role's and a database's settings are somebody else's: none of them makes a commit less durable or
// another isolation of it.
BOOST_AUTO_TEST_CASE(a_commit_is_durable_and_read_committed_whatever_the_defaults_are) {
  open().reset();
  run(fmt::format("CREATE TABLE seen (text text); CREATE FUNCTION look() RETURNS trigger LANGUAGE "
                  "plpgsql AS $$ BEGIN INSERT INTO {}.seen SELECT "
                  "current_setting('synchronous_commit') || ', ' || "
                  "current_setting('transaction_isolation'); RETURN NULL; END $$; "
                  "CREATE TRIGGER look AFTER INSERT ON events EXECUTE FUNCTION look()",
                  schema));
  server.run("CREATE ROLE odd LOGIN SUPERUSER");
  for (const auto* setting : {
         "synchronous_commit = off",
         "default_transaction_isolation = 'serializable'",
         "default_transaction_read_only = on",
         "default_transaction_deferrable = on",
         "timezone = 'Asia/Kathmandu'",
         "datestyle = 'German'",
         "bytea_output = 'escape'",
         "intervalstyle = 'sql_standard'",
         "standard_conforming_strings = off",
         "client_encoding = 'LATIN1'",
         "search_path = 'pg_temp'",
         "extra_float_digits = -10",
         "statement_timeout = '1h'",
         "idle_in_transaction_session_timeout = '1ms'",
       })
    server.run(std::string{"ALTER ROLE odd SET "} + setting);
  const auto store = must(open_at(url_of("odd")));
  const std::string json = R"({"text": "Grüße \\ ' \""})";
  const std::string bytes{"\0\xFF'\\", 4};
  must_commit(*store, write_of(ids, {stream_of("ä-1").event("e", json).bytes("f", bytes)}));
  const auto page = read_all(*store, "ä-1");
  BOOST_TEST(page.events.at(0).payload == json);
  BOOST_TEST(page.events.at(1).payload == bytes);
  const auto age = std::chrono::system_clock::now() - page.events[0].recorded_at;
  BOOST_CHECK(age < 1min && age > -1min);
  BOOST_TEST(ask("SELECT string_agg(DISTINCT text, ' and ') FROM seen") == "on, read committed");
  server.run("DROP ROLE odd");
}

// -- write sets that the database refuses (R7) --------------------------------

// Fails when a batch that the database refuses fails as a whole, or is not admitted anew.
BOOST_AUTO_TEST_CASE(a_write_set_that_the_database_refuses_fails_alone) {
  const auto store = open();
  run("ALTER TABLE events ADD CONSTRAINT no_poison CHECK (type <> 'poison')");
  std::vector<write_set> batch;
  for (const auto* stream : {"a-1", "a-2", "a-3", "a-4", "a-5"})
    batch.push_back(write_of(ids, {stream_of(stream).event("e")}));
  batch[1] = write_of(ids, {stream_of("a-2").event("e"), stream_of("b-2").event("poison")});
  batch[4] = write_of(ids, {stream_of("a-1").at(head_after(batch[0], "a-1")).event("poison")});
  batch.push_back(write_of(ids, {stream_of("a-2").event("after")}));
  const auto outcomes = store->append(batch);
  for (const auto i : {1U, 4U}) {
    const auto& failed = must_be<failure>(outcomes[i]);
    BOOST_CHECK(failed.code == errc::invalid_argument);
    BOOST_TEST(failed.detail.contains("no_poison"));
    BOOST_TEST(failed.detail.contains("nothing of it was written"));
  }
  for (const auto i : {0U, 2U, 3U, 5U})
    must_be<committed>(outcomes[i]);
  BOOST_TEST(streams_in(read_log_of(*store).events) == "a-1 a-3 a-4 a-2");
  check_healthy(*store);
}

// Valid JSON that a jsonb cannot hold.
BOOST_AUTO_TEST_CASE(a_number_that_jsonb_cannot_hold_fails_its_write_set_alone) {
  const auto store = open();
  int round = 0;
  for (const auto* number : {"1e400000", "-1e400000", "[1, {\"n\": 1e200000}]"}) {
    const std::vector batch{
      write_of(ids, {stream_of(fmt::format("a-{}", ++round)).event("e")}),
      write_of(ids, {stream_of("poison-1").event("e").event("f", number)}),
      write_of(ids, {stream_of("poison-1").event("instead")}),
    };
    const auto outcomes = store->append(batch);
    must_be<committed>(outcomes[0]);
    const auto& failed = must_be<failure>(outcomes[1]);
    BOOST_CHECK(failed.code == errc::invalid_argument);
    BOOST_TEST(!failed.detail.contains('\n'));
    if (round == 1)
      must_be<committed>(outcomes[2]);
    else
      must_be<refused>(outcomes[2]);
  }
  BOOST_TEST(types_in(read_all(*store, "poison-1").events) == "instead");
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(a_clash_that_the_heads_did_not_show_is_damage_and_writes_nothing) {
  const auto store = open();
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
  run("UPDATE log_head SET position = 0");
  must_fail(*store, write_of(ids, {stream_of("a-2").event("e")}), errc::store_corrupt);
  BOOST_TEST(ask("SELECT count(*) FROM events") == "1");
}

// -- requests (R10) -----------------------------------------------------------

// Fails when requests are looked up before the lock, or after the expectations.
BOOST_AUTO_TEST_CASE(of_two_programs_with_one_request_that_waited_one_does_it) {
  const auto here = open();
  const auto there = open();
  for (int round = 0; round < 3; ++round) {
    const auto request = fmt::format("orders/{}", round);
    auto other = hold("log_head");
    auto one =
      appending(*here, write_for(request, stream_of(fmt::format("a-{}", round)).event("e")));
    auto two =
      appending(*there, write_for(request, stream_of(fmt::format("b-{}", round)).event("e")));
    other.wait_for_queue(2);
    other.let_go();
    const auto outcome = one.get();
    const auto rival = two.get();
    const bool won = std::holds_alternative<committed>(outcome);
    const auto& winner = must_be<committed>(won ? outcome : rival);
    BOOST_CHECK(must_be<duplicate>(won ? rival : outcome).original == winner);
  }
  BOOST_TEST(must(here->head()).position.value == 3U);
}

BOOST_AUTO_TEST_CASE(a_request_that_is_done_beats_a_stale_expectation_and_an_empty_set) {
  const auto here = open();
  const auto done = write_for("orders/1", stream_of("a-1").event("e"));
  const auto first = must_commit(*here, done);
  const auto there = open();
  auto answer = write_for("orders/1", stream_of("a-1"));
  answer.effect = effect::answer;
  for (const auto& set : {done, write_for("orders/1", stream_of("a-1").event("other")),
                          write_for("orders/1", stream_of("a-1")), answer})
    BOOST_CHECK(must_repeat(*there, set) == first);
}

BOOST_AUTO_TEST_CASE(a_success_without_events_is_remembered) {
  const auto nothing = write_for("orders/2", stream_of("a-1"));
  must_commit(*open(), nothing);
  BOOST_TEST(must_repeat(*open(), nothing).count == 0U);
}

// -- what is read afterwards (R12) --------------------------------------------

// Fails when a reader's connection keeps an old snapshot.
BOOST_AUTO_TEST_CASE(after_a_conflict_the_version_that_it_found_is_read) {
  const auto here = open();
  const auto there = open();
  stream_head head;
  for (int i = 0; i < 50; ++i) {
    const auto old_page = read_all(*here, "a-1");
    const auto theirs = write_of(ids, {stream_of("a-1").at(head).event("e")});
    must_commit(*there, theirs);
    const auto refusal = must_refuse(*here, write_of(ids, {stream_of("a-1").at(head).event("f")}));
    head = refusal.streams.at(0).found;
    BOOST_CHECK(head_of(*here, "a-1") == head);
    BOOST_TEST(old_page.events.size() == static_cast<std::size_t>(i));
  }
}

// -- checkpoints and leases (R17) ---------------------------------------------

BOOST_AUTO_TEST_CASE(a_checkpoint_never_moves_back_when_two_programs_waited_to_move_it) {
  const auto here = open();
  const auto there = open();
  const auto set = write_of(ids, {stream_of("a-1").event("e").event("f").event("g")});
  must_commit(*here, set);
  must(here->save_checkpoint("mail", {{1}, set.commit}));
  auto other = hold("checkpoints");
  auto far = std::async(std::launch::async,
                        [&] { return here->save_checkpoint("mail", {{3}, set.commit}); });
  auto near = std::async(std::launch::async,
                         [&] { return there->save_checkpoint("mail", {{2}, set.commit}); });
  other.wait_for_queue(2);
  other.let_go();
  must(far.get());
  const auto late = near.get();
  BOOST_CHECK(late || late.error().code == errc::invalid_argument);
  BOOST_CHECK((must(there->load_checkpoint("mail")) == checkpoint{{3}, set.commit}));
}

// Fails with now(), which stands still while a renewal waits, and when the term is compared by the
// statement that waits: its answer is older than the lock.
BOOST_AUTO_TEST_CASE(a_renewal_that_waited_past_the_leases_end_is_lost) {
  const auto store = open();
  for (const auto* touch : {"SELECT", "UPDATE leases SET name = name"}) {
    const auto token = must(store->acquire_lease("mail", 1500ms)).value();
    const auto over = ask("SELECT clock_timestamp() + interval '1500 ms'");
    auto other = hold("leases");
    auto renewing =
      std::async(std::launch::async, [&] { return store->renew_lease("mail", token, 1h); });
    other.wait_for_queue(1);
    other.wait_for_time(over);
    other.run(touch);
    other.let_go();
    const auto failed = must_fail(renewing.get(), errc::lease_lost);
    BOOST_TEST(failed.detail.contains("mail"));
  }
}

BOOST_AUTO_TEST_CASE(a_renewal_that_waited_within_the_term_holds_from_now) {
  const auto store = open();
  const auto token = must(store->acquire_lease("mail", 1h)).value();
  auto other = hold("leases");
  auto renewing =
    std::async(std::launch::async, [&] { return store->renew_lease("mail", token, 1h); });
  other.wait_for_queue(1);
  other.let_go();
  must(renewing.get());
  BOOST_CHECK(!must(open()->acquire_lease("mail", 1h)));
}

BOOST_AUTO_TEST_CASE(of_two_programs_that_waited_for_a_free_lease_one_gets_it) {
  const auto here = open();
  const auto there = open();
  const auto old = must(here->acquire_lease("mail", 1h)).value();
  must(here->release_lease("mail", old));
  auto other = hold("leases");
  const auto take = [](event_store& store) {
    return std::async(std::launch::async, [&] { return store.acquire_lease("mail", 1h); });
  };
  auto one = take(*here);
  auto two = take(*there);
  other.wait_for_queue(2);
  other.let_go();
  BOOST_TEST((must(one.get()).has_value() != must(two.get()).has_value()));
}

// -- a log that was replaced (R18) --------------------------------------------

// Fails when a new connection is not asked for the last commit that was told.
BOOST_AUTO_TEST_CASE(a_writer_that_connects_anew_notices_a_lost_suffix) {
  const auto store = open();
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
  run("CREATE TABLE kept AS SELECT * FROM log_head");
  must_commit(*store, write_of(ids, {stream_of("a-2").event("e")}));
  run_untriggered(
    "DELETE FROM events WHERE position = 2; DELETE FROM streams WHERE id = 'a-2'; "
    "UPDATE log_head h SET position = k.position, commit_id = k.commit_id FROM kept k");
  server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
             "'eventcore%' AND pid <> pg_backend_pid()");
  auto outcome = store->append(write_of(ids, {stream_of("a-3").event("e")}));
  if (must_be<failure>(outcome).code == errc::store_unavailable) // the broken connection is noticed
    outcome = store->append(write_of(ids, {stream_of("a-3").event("e")}));
  check_failure(must_be<failure>(outcome), errc::log_rewound, "2", std::source_location::current());
  BOOST_TEST(ask("SELECT count(*) FROM events") == "1");
  must_commit(*open(),
              write_of(ids, {stream_of("a-4").event("e")})); // a new store remembers nothing
}

BOOST_AUTO_TEST_CASE(a_replaced_log_is_noticed_by_checkpoints_and_snapshots) {
  const auto set = write_of(ids, {stream_of("a-1").event("e").event("f")});
  const snapshot state{.stream = stream_id::trusted("a-1"),
                       .view = "a",
                       .fold = "1",
                       .head = head_after(set, "a-1"),
                       .payload = "{}"};
  const auto store = open();
  must_commit(*store, set);
  must(store->save_checkpoint("mail", {{2}, set.commit}));
  BOOST_TEST(must(store->save_snapshot(state)));
  run_untriggered("UPDATE events SET commit_id = gen_random_uuid() WHERE position = 2");
  must_fail(store->load_checkpoint("mail"), errc::log_rewound, "mail");
  BOOST_CHECK(!must(store->load_snapshot(state.stream, "a")));
}

BOOST_AUTO_TEST_SUITE_END()
