#include "stores/missing_standby.hpp"
#include "stores/postgres_worked.hpp"
#include "support/postgres_proxy.hpp"

#include <atomic>
#include <barrier>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

using namespace worked_transactions;
using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;
using support::commit_fault;
using support::postgres_proxy;

// A server that goes away or refuses while a transaction is under way.

BOOST_FIXTURE_TEST_SUITE(transactions_in_trouble, worked)

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
  const missing_standby standby{server};
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

BOOST_AUTO_TEST_SUITE_END()
