#include "stores/postgres_worked.hpp"
#include "stores/sql_transaction_cases.hpp"

#include "eventcore/testing/contract_boost.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <vector>

using namespace worked_transactions;
using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;

EVENTCORE_STORE_CASES(postgres_backend, sql_transactions_of, sql_transaction_cases())

// What is special to transactions in PostgreSQL: several programs and connections at once, and
// the session that the work is lent.

BOOST_FIXTURE_TEST_SUITE(transactions, worked)

// -- leases (R17) -------------------------------------------------------------

// Fails when the lease is looked at and not locked: the next leader would read a checkpoint that the
// old one is about to move.
BOOST_AUTO_TEST_CASE(a_takeover_waits_for_the_work_that_is_under_way_and_finds_it_done) {
  const auto other = must(open({}));
  const auto old = must(store->acquire_lease("mail", 100ms)).value();
  std::future<result<std::optional<lease_token>>> taking;
  must(move(
    start, at[0],
    [&](transaction& given) -> result<> {
      session_of(given) << "SELECT pg_sleep(greatest(0, extract(epoch FROM ends_at - "
                           "clock_timestamp()))) FROM leases WHERE name = 'mail'";
      taking = std::async(std::launch::async, [&] { return other->acquire_lease("mail", 10s); });
      const auto pid = text_in(given, "SELECT pg_backend_pid()");
      support::wait_until("a takeover that waits", [&] {
        return taking.wait_for(0s) == std::future_status::ready
               || ask("SELECT count(*) FROM pg_stat_activity WHERE " + pid
                      + " = ANY (pg_blocking_pids(pid))")
                    == "1";
      });
      BOOST_CHECK(taking.wait_for(0s) != std::future_status::ready);
      return insert(given);
    },
    lease_claim{"mail", old}));
  const auto next = must(taking.get()).value();
  check_equal(must(other->load_checkpoint("mail")).value_or(start), at[0], "the checkpoint");
  BOOST_TEST(rows() == 1);
  // The old leader goes on where it believes to be.
  must_fail(move(at[0], at[1], running({"INSERT INTO seen VALUES (2)"}), lease_claim{"mail", old}),
            errc::lease_lost, "mail");
  BOOST_TEST(rows() == 1);
  must(move(*other, at[0], at[1], running({"INSERT INTO seen VALUES (2)"}),
            lease_claim{"mail", next}));
}

// Fails when the term is compared with the time at which the transaction began: now().
BOOST_AUTO_TEST_CASE(a_leader_that_waited_past_its_term_moves_nothing) {
  const auto token = must(store->acquire_lease("mail", 300ms)).value();
  const auto ends_at = ask("SELECT ends_at FROM leases WHERE name = 'mail'");
  auto other = hold("leases WHERE name = 'mail'");
  auto moved = std::async(std::launch::async,
                          [&] { return move(start, at[0], insert, lease_claim{"mail", token}); });
  other.wait_for_queue(1);
  other.wait_for_time(ends_at);
  other.let_go();
  must_fail(moved.get(), errc::lease_lost, "mail");
  check_untouched();
}

// A program that is suspended within its work keeps nobody from taking over for long.
BOOST_AUTO_TEST_CASE(the_session_of_work_that_does_nothing_is_ended_by_the_server) {
  const auto other = must(open({}));
  const auto token = must(store->acquire_lease("mail", 100ms)).value();
  std::optional<lease_token> next;
  must_fail(move(
              start, at[0],
              [&](transaction& given) -> result<> {
                auto done = insert(given);
                support::wait_until("a takeover", [&] {
                  next = must(other->acquire_lease("mail", 10s));
                  return next.has_value();
                });
                return done;
              },
              lease_claim{"mail", token}),
            errc::store_unavailable, "nothing was written");
  check_untouched();
  must(move(*other, start, at[0], insert, lease_claim{"mail", *next}));
}

// -- checkpoints --------------------------------------------------------------

// Fails when the checkpoint is looked at first and set then.
BOOST_AUTO_TEST_CASE(of_two_that_move_a_checkpoint_the_second_waits_and_is_refused) {
  const auto other = must(open({}));
  const std::pair<checkpoint, checkpoint> moves[] = {
    {start, at[0]}, {at[0], at[1]}, {at[1], at[1]}, {at[1], start}, {start, start}};
  for (const auto& [from, to] : moves) {
    int begun = 0;
    std::future<result<>> second;
    must(move(from, to, [&](transaction& given) -> result<> {
      second = moving(*other, from, at[2], [&](transaction&) -> result<> {
        ++begun;
        return {};
      });
      const auto pid = text_in(given, "SELECT pg_backend_pid()");
      support::wait_until("the second, which waits", [&] {
        return second.wait_for(0s) == std::future_status::ready
               || ask("SELECT count(*) FROM pg_stat_activity WHERE " + pid
                      + " = ANY (pg_blocking_pids(pid))")
                    == "1";
      });
      BOOST_CHECK(second.wait_for(0s) != std::future_status::ready);
      return {};
    }));
    const auto outcome = second.get();
    if (from == to) { // it is where the second believes it to be
      must(outcome);
      must(move(at[2], from, {}));
      continue;
    }
    must_fail(outcome, errc::version_conflict, "mail");
    BOOST_TEST(begun == 0);
    check_equal(stands(), to, "the checkpoint");
  }
}

BOOST_AUTO_TEST_CASE(moves_of_several_checkpoints_in_any_order_do_not_meet_in_deadlock) {
  const auto other = must(open({}));
  const auto log_before = server.log().size();
  std::atomic<int> begun = 0;
  const auto run = [&](event_store& in, bool swapped) {
    for (int i = 0; i < 100; ++i) {
      std::vector<checkpoint_move> moves{{"a", start, at[0], {}}, {"b", start, at[1], {}}};
      if (swapped)
        std::swap(moves[0], moves[1]);
      const auto done = in.transact(moves, [&](transaction&) -> result<> {
        ++begun;
        return {};
      });
      if (!done) {
        must_fail(done, errc::version_conflict);
        continue;
      }
      must(in.transact(
        std::vector<checkpoint_move>{{"b", at[1], start, {}}, {"a", at[0], start, {}}}, {}));
    }
  };
  auto first = std::async(std::launch::async, [&] { run(*store, false); });
  run(*other, true);
  first.get();
  BOOST_TEST(begun > 0);
  // One that is found is undone and tried again, which nobody sees otherwise.
  BOOST_TEST(!server.log().substr(log_before).contains("deadlock"));
}

// -- work beside the rest of the store ----------------------------------------

BOOST_AUTO_TEST_CASE(appends_go_on_beside_work) {
  must(move(start, at[0], [&](transaction& given) -> result<> {
    auto done = insert(given);
    auto appended = std::async(std::launch::async, [&] {
      return store->append(write_of(ids, {stream_of("a-1").event("e")}));
    });
    must_be<committed>(appended.get());
    return done;
  }));
  BOOST_TEST(must(store->head()).position.value == 4U);
}

BOOST_AUTO_TEST_CASE(work_cannot_write_through_the_store) {
  must(move(start, at[0], [&](transaction& given) -> result<> {
    must_fail(*store, write_of(ids, {stream_of("a-1").event("e")}), errc::invalid_argument,
              "cannot write");
    must_fail(store->save_checkpoint("mail", at[1]), errc::invalid_argument, "cannot write");
    must_fail(move(start, at[1], {}), errc::invalid_argument, "cannot write");
    return insert(given);
  }));
  must(store->save_checkpoint("mail", at[1]));
}

// Fails when all connections may be given to work: each would wait for another's.
BOOST_AUTO_TEST_CASE(work_of_many_threads_may_read_from_the_store) {
  constexpr int threads = 8;
  std::vector<std::future<result<>>> all;
  for (int i = 0; i < threads; ++i)
    all.push_back(std::async(std::launch::async, [&] {
      return store->transact({}, [&](transaction& given) -> result<> {
        BOOST_CHECK(store->head().has_value());
        BOOST_CHECK(store->inspect(running({"SELECT 1"})).has_value());
        return running({"SELECT 1"})(given);
      });
    }));
  for (auto& each : all)
    must(each.get());
}

BOOST_AUTO_TEST_CASE(work_that_would_wait_for_its_own_connection_is_told) {
  store_settings narrow;
  narrow.postgres.connections = 3;
  const auto one = must(open(narrow));
  must(one->transact({}, [&](transaction&) -> result<> {
    must_fail(one->head(), errc::invalid_argument, "postgres.connections is 3");
    must(store->head()); // another store's
    return {};
  }));
  must(one->head());
  must(store->inspect([&](transaction&) -> result<> {
    return store->inspect([&](transaction&) -> result<> {
      must_fail(store->head(), errc::invalid_argument, "connections");
      return {};
    });
  }));
}

// -- the session of the work --------------------------------------------------

// What the store sets for its own few statements would make a scan of a large table out of each join.
BOOST_AUTO_TEST_CASE(work_has_the_planner_that_the_server_gives_everybody) {
  const auto settings = std::string{
    "SELECT string_agg(name || ' ' || setting, ', ' ORDER BY name) FROM pg_settings WHERE name IN "
    "('plan_cache_mode', 'jit', 'enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', "
    "'enable_mergejoin', 'enable_sort')"};
  const auto given_to_all = ask(settings);
  const auto others = [&](transaction& given) -> result<> {
    BOOST_TEST(text_in(given, settings) == given_to_all);
    BOOST_TEST(text_in(given, "SHOW synchronous_commit") == "on");
    BOOST_TEST(text_in(given, "SELECT current_schema()") == schema);
    return {};
  };
  must(store->transact({}, others));
  must(store->inspect(others));
}

// A store with one connection for all that is neither appending nor listening.
BOOST_AUTO_TEST_CASE(what_work_does_to_its_session_ends_with_it) {
  store_settings narrow;
  narrow.postgres.connections = 3;
  const auto one = must(open(narrow));
  const auto state = [&] {
    std::string all;
    must(one->inspect([&](transaction& given) -> result<> {
      all = text_in(given, "SELECT pg_backend_pid() || ' ' || current_user || ' ' || "
                           "string_agg(name || ' ' || setting, ', ' ORDER BY name) FROM "
                           "pg_settings WHERE source = 'session'");
      return {};
    }));
    return all;
  };
  run("CREATE ROLE " + schema + "; GRANT ALL ON SCHEMA " + schema + " TO " + schema);
  const auto before = state();
  must(one->transact({}, running({"SET search_path TO public", "SET synchronous_commit TO off",
                                  "SET plan_cache_mode TO auto", "SET statement_timeout TO 1",
                                  "SET work_mem TO '8MB'", "SET ROLE " + schema,
                                  "SET default_transaction_isolation TO serializable",
                                  "SELECT set_config('application_name', 'x', false)"})));
  BOOST_TEST(state() == before);
  must(one->transact(
    {}, running({"CREATE TEMP TABLE checkpoints (a int)", "CREATE TEMP TABLE events (a int)"})));
  must(move(*one, start, at[0], insert));
  check_equal(stands(), at[0], "the checkpoint");
  for (const auto& work : {running({"SELECT 1 / 0"}), running({"DEALLOCATE ALL"})}) {
    static_cast<void>(one->transact({}, work));
    must(one->save_checkpoint("other", at[0]));
    must(one->transact({}, [](transaction& given) -> result<> {
      BOOST_TEST(number_in(given, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE "
                                  "'st\\_%' AND statement LIKE '%1 / 0%'")
                 == 0);
      return {};
    }));
  }
  run("REVOKE ALL ON SCHEMA " + schema + " FROM " + schema + "; DROP ROLE " + schema);
}

// Fails when the connection is kept: none of the store's statements is prepared on it any more.
BOOST_AUTO_TEST_CASE(work_may_remove_what_was_prepared) {
  store_settings narrow;
  narrow.postgres.connections = 3;
  const auto forget = running({"DEALLOCATE ALL"});
  for (const bool writing : {false, true}) {
    const auto one = must(open(narrow));
    must(one->head());
    static_cast<void>(writing ? one->transact({}, forget) : one->inspect(forget));
    must(one->head());
    must(one->inspect(running({"SELECT 1"})));
  }
}

BOOST_AUTO_TEST_CASE(work_that_closes_its_session_fails) {
  for (const bool again : {false, true}) {
    must_fail(move(start, at[0],
                   [&](transaction& given) -> result<> {
                     must(insert(given));
                     session_of(given).close();
                     if (again)
                       session_of(given).reconnect();
                     return {};
                   }),
              errc::handler_failed, "transaction");
    check_untouched();
  }
  must(move(start, at[0], insert));
}

BOOST_AUTO_TEST_SUITE_END()
