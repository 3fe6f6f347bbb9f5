#include "stores/postgres_backend.hpp"
#include "stores/sql_transaction_cases.hpp"
#include "support/postgres_proxy.hpp"
#include "support/row_holder.hpp"

#include "eventcore/stores/sql_transaction.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/contract_boost.hpp"
#include "eventcore/testing/ids.hpp"

#include <atomic>
#include <barrier>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <soci/soci.h>

using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;
using support::commit_fault;
using support::postgres_proxy;
using support::row_holder;

EVENTCORE_STORE_CASES(postgres_backend, sql_transactions_of, sql_transaction_cases())

// What is special to transactions in PostgreSQL: several programs and connections at once, and a
// server that refuses, waits and goes away.

namespace {

auto session_of(transaction& given) -> soci::session& {
  return must(sql_transaction::of(given))->session();
}

auto running(std::vector<std::string> statements) -> transaction_work {
  return [statements = std::move(statements)](transaction& given) -> result<> {
    for (const auto& each : statements)
      session_of(given) << each;
    return {};
  };
}

auto number_in(transaction& given, const std::string& sql) -> int {
  int number = -1;
  session_of(given) << sql, soci::into(number);
  return number;
}

auto text_in(transaction& given, const std::string& sql) -> std::string {
  std::string text;
  session_of(given) << sql, soci::into(text);
  return text;
}

// A log of three events and a table of a read model, which has no rows.
struct worked : postgres_backend {
  worked() : store{must(open({}))} {
    stream_head head;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const auto set = write_of(ids, {stream_of("order-1").at(head).event("e")});
      at.push_back({must_commit(*store, set).first, set.commit});
      head = head_after(set, "order-1");
    }
    run("CREATE TABLE seen (n integer PRIMARY KEY)");
  }

  static auto move(event_store& in, const checkpoint& from, const checkpoint& to,
                   const transaction_work& work, std::optional<lease_claim> under = {})
    -> result<> {
    const checkpoint_move one{"mail", from, to, under};
    return in.transact({&one, 1}, work);
  }

  auto move(const checkpoint& from, const checkpoint& to, const transaction_work& work,
            std::optional<lease_claim> under = {}) const -> result<> {
    return move(*store, from, to, work, under);
  }

  /// `move` on a thread of its own.
  auto moving(event_store& in, const checkpoint& from, const checkpoint& to,
              const transaction_work& work) const -> std::future<result<>> {
    return std::async(std::launch::async,
                      [&in, from, to, work] { return move(in, from, to, work); });
  }

  auto stands() const -> checkpoint { return must(store->load_checkpoint("mail")).value_or(start); }

  auto rows() const -> int { return std::stoi(ask("SELECT count(*) FROM seen")); }

  auto hold(const std::string& which) const -> row_holder { return {connect(), which}; }

  void check_untouched() const {
    check_equal(stands(), start, "the checkpoint");
    BOOST_TEST(rows() == 0);
  }

  sequential_ids ids;
  std::shared_ptr<event_store> store;
  std::vector<checkpoint> at; ///< at[0] is position 1
  const checkpoint start{};
  const transaction_work insert = running({"INSERT INTO seen VALUES (1)"});
};

} // namespace

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

// -- a server that goes away --------------------------------------------------

BOOST_AUTO_TEST_CASE(work_whose_session_is_ended_has_written_nothing) {
  const auto killed = [&](transaction& given) {
    session_of(given) << "SELECT pg_terminate_backend(pg_backend_pid())";
  };
  const transaction_work ways[] = {
    [&](transaction& given) -> result<> {
      must(insert(given));
      killed(given);
      return {};
    },
    // It keeps the failure to itself.
    [&](transaction& given) -> result<> {
      must(insert(given));
      try {
        killed(given);
      } catch (const soci::soci_error&) {
      }
      return {};
    },
    // It makes another failure of it.
    [&](transaction& given) -> result<> {
      must(insert(given));
      try {
        killed(given);
      } catch (const soci::soci_error&) {
      }
      return fail(errc::handler_failed, "oh");
    },
  };
  for (const auto& way : ways) {
    const auto failed =
      must_fail(move(start, at[0], way), errc::store_unavailable, "nothing was written");
    BOOST_TEST(!failed.detail.contains('\n'), failed.detail);
    check_untouched();
  }
  must(move(start, at[0], insert));
}

namespace {

struct behind_proxy : worked {
  behind_proxy()
      : far{must(open_at(fmt::format(
          "postgresql://eventcore@127.0.0.1:{}/postgres?sslmode=disable&gssencmode=disable",
          proxy.port())))} {}

  postgres_proxy proxy{server.port()};
  std::shared_ptr<event_store> far;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_commit_without_an_answer_is_unknown_and_nothing_is_done_twice,
                        behind_proxy) {
  const transaction_work none;
  for (const auto* work : {&insert, &none}) {
    const auto from = stands();
    const auto& to = at[from == start ? 0 : 1];
    proxy.fail_next_commit(commit_fault::unanswered);
    must_fail(move(*far, from, to, *work), errc::outcome_unknown);
    BOOST_TEST(proxy.has_failed());
    must_fail(move(*far, from, to, *work), errc::version_conflict, "mail");
    check_equal(stands(), to, "the checkpoint");
    BOOST_TEST(rows() == 1);
  }
}

BOOST_FIXTURE_TEST_CASE(a_commit_that_was_lost_is_unknown_and_may_be_repeated, behind_proxy) {
  proxy.fail_next_commit(commit_fault::lost);
  must_fail(move(*far, start, at[0], insert), errc::outcome_unknown);
  BOOST_TEST(proxy.has_failed());
  check_untouched();
  must(move(*far, start, at[0], insert));
}

// Who asks for the checkpoint may find it where it was; who then moves it waits for the commit.
BOOST_FIXTURE_TEST_CASE(a_commit_that_goes_on_without_its_client_is_not_overtaken, behind_proxy) {
  run("CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM pg_advisory_xact_lock(4712); RETURN NULL; END $$; "
      "CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON seen DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION hold()");
  auto gate = server.connect();
  gate.run("SELECT pg_advisory_lock(4712)");
  proxy.fail_next_commit(commit_fault::left_behind);
  must_fail(move(*far, start, at[0], insert), errc::outcome_unknown);
  check_untouched();
  auto again = moving(*store, start, at[0], insert);
  support::wait_until("the next, which waits for the commit that is under way", [&] {
    return again.wait_for(0s) == std::future_status::ready
           || gate.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                == "2";
  });
  gate.run("SELECT pg_advisory_unlock(4712)");
  must_fail(again.get(), errc::version_conflict, "mail");
  check_equal(stands(), at[0], "the checkpoint");
  BOOST_TEST(rows() == 1);
}

BOOST_FIXTURE_TEST_CASE(a_commit_that_is_answered_with_rollback_is_not_told_as_done, behind_proxy) {
  proxy.replace("COMMIT", "ROLLBACK");
  proxy.cut_all(); // what was prepared before is prepared anew
  const transaction_work none;
  for (const auto* work : {&insert, &none}) {
    must_fail(move(*far, start, at[0], *work), errc::store_unavailable, "rolled back");
    check_untouched();
  }
  BOOST_TEST(proxy.replaced() > 0);
}

// The server commits, but warns that no standby has it.
BOOST_AUTO_TEST_CASE(a_commit_that_no_standby_confirmed_is_unknown_and_there) {
  const struct missing_standby {
    explicit missing_standby(postgres_server& of) : server{of} { set("= 'nobody'"); }
    ~missing_standby() { set("TO DEFAULT"); }
    void set(const std::string& names) const {
      server.run("ALTER SYSTEM SET synchronous_standby_names " + names);
      server.run("SELECT pg_reload_conf()");
    }
    postgres_server& server;
  } standby{server};
  std::atomic<bool> warned = false;
  auto moves = std::async(std::launch::async, [&] {
    for (auto from = start;;) { // the server notices its new setting a little later
      const auto& to = at[from == at[0] ? 1 : 0];
      auto outcome = move(from, to, running({"UPDATE seen SET n = n"}));
      from = to;
      if (!outcome || warned)
        return outcome;
    }
  });
  support::wait_until("the end of the wait for a standby", [&] {
    const auto cancelled =
      server.ask("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE "
                 "wait_event = 'SyncRep'");
    if (cancelled != "0")
      warned = true;
    return warned && moves.wait_for(0s) == std::future_status::ready;
  });
  must_fail(moves.get(), errc::outcome_unknown, "synchronous replication");
  BOOST_CHECK(stands() != start);
}

// -- a server that refuses ----------------------------------------------------

BOOST_AUTO_TEST_CASE(work_that_keeps_a_failed_statement_to_itself_fails) {
  must_fail(move(start, at[0],
                 [&](transaction& given) -> result<> {
                   must(insert(given));
                   try {
                     must(insert(given));
                   } catch (const soci::soci_error&) {
                   }
                   return {};
                 }),
            errc::handler_failed, "went on after a statement had failed");
  check_untouched();
  // A savepoint of its own is the way to go on.
  must(move(start, at[0], [&](transaction& given) -> result<> {
    must(insert(given));
    session_of(given) << "SAVEPOINT mine";
    try {
      must(insert(given));
    } catch (const soci::soci_error&) {
      session_of(given) << "ROLLBACK TO SAVEPOINT mine";
    }
    return {};
  }));
  BOOST_TEST(rows() == 1);
}

BOOST_AUTO_TEST_CASE(what_is_refused_at_the_commit_is_the_works_fault_and_undone) {
  run("ALTER TABLE seen ADD CONSTRAINT twice UNIQUE (n) DEFERRABLE INITIALLY DEFERRED; "
      "ALTER TABLE seen DROP CONSTRAINT seen_pkey");
  const auto failed = must_fail(move(start, at[0], running({"INSERT INTO seen VALUES (1), (1)"})),
                                errc::handler_failed, "twice");
  BOOST_TEST(failed.detail.contains("nothing was written"));
  check_untouched();
  must(move(start, at[0], insert));
}

BOOST_AUTO_TEST_CASE(works_that_meet_in_deadlock_are_done_again) {
  run("CREATE TABLE pairs (name text PRIMARY KEY, n integer); "
      "INSERT INTO pairs VALUES ('a', 0), ('b', 0)");
  const auto other = must(open({}));
  std::barrier both{2};
  std::atomic<int> begun = 0;
  const auto meet = [&](event_store& in, const checkpoint_move& one, std::string first,
                        std::string second) {
    return std::async(std::launch::async, [&, one, first, second, tries = 0]() mutable {
      return in.transact({&one, 1}, [&](transaction& given) -> result<> {
        ++begun;
        session_of(given) << "UPDATE pairs SET n = n + 1 WHERE name = '" + first + "'";
        if (++tries == 1)
          both.arrive_and_wait();
        session_of(given) << "UPDATE pairs SET n = n + 1 WHERE name = '" + second + "'";
        return {};
      });
    });
  };
  auto one = meet(*store, {"one", start, at[0], {}}, "a", "b");
  auto two = meet(*other, {"two", start, at[0], {}}, "b", "a");
  must(one.get());
  must(two.get());
  BOOST_TEST(begun == 3);
  BOOST_TEST(ask("SELECT string_agg(n::text, ' ') FROM pairs") == "2 2");
  BOOST_TEST(ask("SELECT count(*) FROM checkpoints") == "2");
}

BOOST_AUTO_TEST_CASE(work_that_the_server_never_lets_through_is_given_up) {
  run(
    "CREATE FUNCTION refuse() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'once more' "
    "USING ERRCODE = 'serialization_failure'; END $$");
  int begun = 0;
  must_fail(move(start, at[0],
                 [&](transaction& given) -> result<> {
                   ++begun;
                   must(insert(given));
                   return running({"SELECT refuse()"})(given);
                 }),
            errc::store_unavailable, "once more");
  BOOST_TEST(begun == 5);
  check_untouched();
}

BOOST_AUTO_TEST_CASE(what_is_not_the_works_fault_has_its_own_failure) {
  store_settings hasty;
  hasty.postgres.lock_timeout = 50ms;
  const auto in = must(open(hasty));
  const auto failed_by = [&](const std::string& sql) {
    auto outcome = move(*in, start, at[0], running({"INSERT INTO seen VALUES (2)", sql}));
    BOOST_REQUIRE(!outcome);
    check_equal(stands(), start, "the checkpoint");
    return std::string{to_string(outcome.error().code)};
  };
  BOOST_TEST(failed_by("SELECT 1 / 0") == "handler_failed");
  run("INSERT INTO seen VALUES (1)");
  {
    auto other = hold("seen WHERE n = 1");
    BOOST_TEST(failed_by("DELETE FROM seen") == "store_unavailable");
  }
  BOOST_TEST(failed_by("SET LOCAL statement_timeout = 1; SELECT pg_sleep(10)")
             == "store_unavailable");
  BOOST_TEST(failed_by("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$")
             == "store_unavailable");
  BOOST_TEST(failed_by("DO $$ BEGIN RAISE EXCEPTION 'right' USING ERRCODE = "
                       "'insufficient_privilege'; END $$")
             == "read_only");
  BOOST_TEST(rows() == 1);
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
