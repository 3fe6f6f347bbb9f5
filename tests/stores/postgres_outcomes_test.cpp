#include "stores/missing_standby.hpp"
#include "stores/postgres_backend.hpp"
#include "support/postgres_proxy.hpp"
#include "support/row_holder.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;
using support::commit_fault;
using support::postgres_proxy;
using support::row_holder;

// What a store says of a commit when the connection breaks around it. A proxy breaks it.

namespace {

struct behind_proxy : postgres_backend {
  /// A store that reaches the server through the proxy only, with a stream in it.
  behind_proxy() : store{must(open_at(proxied_url()))} {
    must_commit(*store, write_of(ids, {stream_of("first-1").event("e")}));
  }

  auto proxied_url() const -> std::string {
    return fmt::format(
      "postgresql://eventcore@127.0.0.1:{}/postgres?sslmode=disable&gssencmode=disable",
      proxy.port());
  }

  /// A store that does not pass the proxy, as another program's.
  auto other_program() const -> std::shared_ptr<event_store> { return must(open_at(server.url())); }

  auto one_event(std::string_view stream) -> write_set {
    return write_of(ids, {stream_of(stream).event("e")});
  }

  auto with_request(write_set set, std::string_view id) const -> write_set {
    set.request = {must(request_id::of(id)), digest_command("test", "{}")};
    return set;
  }

  /// How many events of `set` are in the log.
  auto count_in_log(const write_set& set) const -> std::size_t {
    const auto page = read_log_of(*other_program());
    return static_cast<std::size_t>(
      std::ranges::count(page.events, set.commit, &recorded_event::commit));
  }

  /// Appends until the store works again; the failures on the way may only be of one kind.
  auto append_at_last(const write_set& set) -> committed {
    for (const auto give_up = std::chrono::steady_clock::now() + 20s;;) {
      const auto outcome = store->append(set);
      const auto* failed = std::get_if<failure>(&outcome);
      if (!failed || std::chrono::steady_clock::now() > give_up)
        return must_be<committed>(outcome);
      check_failure(*failed, errc::store_unavailable, "", std::source_location::current());
    }
  }

  postgres_proxy proxy{server.port()};
  sequential_ids ids;
  std::shared_ptr<event_store> store;
};

void check_definite(const append_outcome& outcome) {
  const auto& failed = must_be<failure>(outcome);
  check_failure(failed, errc::store_unavailable, "nothing", std::source_location::current());
  check(!failed.detail.contains('\n'), "one line: " + failed.detail);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(outcomes, behind_proxy)

// -- broken between the COMMIT and its answer ---------------------------------

BOOST_AUTO_TEST_CASE(a_commit_whose_answer_was_lost_is_found_and_told) {
  for (int round = 0; round < 3; ++round) {
    const auto a = fmt::format("a-{}", round);
    const auto b = fmt::format("b-{}", round);
    const auto set = write_of(ids, {stream_of(a).event("e").event("f"), stream_of(b).event("g")});
    const auto before = must(store->head()).position.value;
    proxy.fail_next_commit(commit_fault::unanswered);
    const auto told = must_commit(*store, set);
    BOOST_TEST(proxy.has_failed());
    BOOST_TEST(told.first.value == before + 1);
    BOOST_TEST(told.count == 3U);
    BOOST_CHECK((told.streams
                 == std::vector{written_stream{stream_of(a).id(), {2}},
                                written_stream{stream_of(b).id(), {1}}}));
    BOOST_TEST(count_in_log(set) == 3U);
  }
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(each_of_a_batch_is_told_what_became_of_it) {
  const auto good = one_event("a-1");
  const auto stale = one_event("first-1");
  auto answer = write_of(ids, {stream_of("b-1")});
  answer.effect = effect::answer;
  const auto empty = with_request(write_of(ids, {stream_of("c-1")}), "orders/1");
  const auto next = write_of(ids, {stream_of("a-1").at(head_after(good, "a-1")).event("f")});
  const std::vector batch{good, stale, answer, empty, next};
  proxy.fail_next_commit(commit_fault::unanswered);
  const auto told = store->append(batch);
  BOOST_TEST(proxy.has_failed());
  must_be<committed>(told[0]);
  must_be<refused>(told[1]);
  must_be<committed>(told[2]);
  must_be<committed>(told[3]);
  must_be<committed>(told[4]);
  BOOST_TEST(types_in(read_all(*store, "a-1").events) == "e f");
  must_repeat(*store, empty);
  check_healthy(*store);
}

// It has no event to be found by.
BOOST_AUTO_TEST_CASE(a_success_without_events_whose_answer_was_lost_is_found_by_its_request) {
  const auto empty = with_request(write_of(ids, {stream_of("c-1")}), "orders/2");
  proxy.fail_next_commit(commit_fault::unanswered);
  BOOST_TEST(must_commit(*store, empty).count == 0U);
  BOOST_TEST(proxy.has_failed());
  must_repeat(*store, empty);
}

// -- broken before the COMMIT reached the server ------------------------------

BOOST_AUTO_TEST_CASE(a_commit_that_never_arrived_is_certainly_not_there_and_may_be_repeated) {
  for (int round = 0; round < 3; ++round) {
    const auto set =
      with_request(one_event(fmt::format("a-{}", round)), fmt::format("r/{}", round));
    proxy.fail_next_commit(commit_fault::lost);
    check_definite(store->append(set));
    BOOST_TEST(proxy.has_failed());
    BOOST_TEST(count_in_log(set) == 0U);
    append_at_last(set);
    BOOST_TEST(count_in_log(set) == 1U);
  }
  check_healthy(*store);
}

// Fails when what was decided in a batch that failed is told all the same (R5).
BOOST_AUTO_TEST_CASE(no_outcome_of_a_batch_is_told_when_its_commit_never_arrived) {
  const std::vector batch{one_event("a-1"), one_event("a-1"), one_event("a-2")};
  proxy.fail_next_commit(commit_fault::lost);
  for (const auto& outcome : store->append(batch))
    check_definite(outcome);
  append_at_last(batch[0]);
  must_be<refused>(store->append(batch[1]));
  must_be<committed>(store->append(batch[2]));
  BOOST_TEST(must(store->head()).position.value == 3U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_while_it_waits_for_the_lock_has_written_nothing) {
  const auto set = one_event("a-1");
  row_holder other{connect(), "log_head"};
  auto appending = std::async(std::launch::async, [&] { return store->append(set); });
  other.wait_for_queue(1);
  proxy.cut_all();
  check_definite(appending.get());
  other.let_go();
  append_at_last(set);
  BOOST_TEST(count_in_log(set) == 1U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_broke_while_nobody_used_it_is_replaced) {
  for (int round = 0; round < 3; ++round) {
    const auto set = one_event(fmt::format("a-{}", round));
    must(store->head());
    proxy.cut_all();
    append_at_last(set);
    support::wait_until("a reader's connection", [&] { return store->head().has_value(); });
    BOOST_TEST(count_in_log(set) == 1U);
  }
}

// -- a COMMIT that is still under way (R9) ------------------------------------

// Fails when the lost commit is looked for without the lock: it is not there yet.
BOOST_AUTO_TEST_CASE(a_commit_that_goes_on_without_its_client_is_waited_for) {
  run("CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$; "
      "CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION hold()");
  auto gate = server.connect();
  gate.run("SELECT pg_advisory_lock(4711)");
  const auto set = one_event("a-1");
  proxy.fail_next_commit(commit_fault::left_behind);
  auto appending = std::async(std::launch::async, [&] { return store->append(set); });
  const auto answered = [&] { return appending.wait_for(0s) == std::future_status::ready; };
  // The one that commits waits for us, the one that looks for it waits for the log head.
  support::wait_until("somebody who waits for the commit that is under way", [&] {
    return answered()
           || gate.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                == "2";
  });
  BOOST_TEST(!answered());
  BOOST_TEST(count_in_log(set) == 0U);
  gate.run("SELECT pg_advisory_unlock(4711)");
  must_be<committed>(appending.get());
  BOOST_TEST(count_in_log(set) == 1U);
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(a_no_to_the_question_for_a_commit_waits_for_the_lock) {
  const auto set = one_event("a-1");
  row_holder other{connect(), "log_head"};
  auto asking = std::async(std::launch::async, [&] { return store->find_commit(set, {}); });
  other.wait_for_queue(1);
  other.let_go();
  BOOST_CHECK(!must(asking.get()));
  must_commit(*store, set);
  const auto found = must(store->find_commit(set, {}));
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->first.value == 2U);
  BOOST_CHECK((found->streams == std::vector{written_stream{set.reads[0].stream, {1}}}));
}

// -- a database that stays away -----------------------------------------------

BOOST_AUTO_TEST_CASE(while_the_database_stays_away_the_outcome_is_unknown_and_found_later) {
  const auto set = with_request(one_event("a-1"), "orders/3");
  const auto stale = one_event("first-1");
  const std::vector batch{set, stale};
  const auto known = must(store->head()).position;
  const auto begin = std::chrono::steady_clock::now();
  proxy.fail_next_commit(commit_fault::unanswered, true);
  const auto told = store->append(batch);
  BOOST_CHECK(std::chrono::steady_clock::now() - begin < 25s);
  BOOST_TEST(proxy.has_failed());
  const auto& failed = must_be<failure>(told[0]);
  check_failure(failed, errc::outcome_unknown, "request id", std::source_location::current());
  BOOST_CHECK(must_be<failure>(told[1]).code == errc::store_unavailable);
  check_definite(store->append(one_event("a-2")));
  BOOST_CHECK(!store->find_commit(set, known));

  proxy.come_back();
  std::optional<committed> found;
  support::wait_until("an answer", [&] {
    const auto answer = store->find_commit(set, known);
    found = answer ? *answer : std::nullopt;
    return answer.has_value();
  });
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->first.value == 2U);
  must_repeat(*store, set);
  BOOST_TEST(count_in_log(set) == 1U);
}

// -- a COMMIT that is less than it should be (R8) ----------------------------

// The server commits, but warns that no standby has it. Fails when the warning is not looked at.
BOOST_AUTO_TEST_CASE(a_commit_that_no_standby_confirmed_is_of_unknown_outcome) {
  const missing_standby standby{server};
  write_set last;
  std::atomic<bool> warned = false;
  auto appending = std::async(std::launch::async, [&] {
    for (int i = 0;; ++i) { // the server notices its new setting a little later
      last = one_event(fmt::format("a-{}", i));
      auto outcome = store->append(last);
      if (!std::holds_alternative<committed>(outcome) || warned)
        return outcome;
    }
  });
  support::wait_until("the end of the wait for a standby", [&] {
    const auto cancelled =
      server.ask("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE "
                 "wait_event = 'SyncRep'");
    if (cancelled != "0")
      warned = true;
    return warned && appending.wait_for(0s) == std::future_status::ready;
  });
  const auto outcome = appending.get();
  check_failure(must_be<failure>(outcome), errc::outcome_unknown, "synchronous replication",
                std::source_location::current());
  standby.end();
  BOOST_TEST(count_in_log(last) == 1U);
  const auto found = must(store->find_commit(last, {}));
  BOOST_CHECK(found.has_value());
  append_at_last(one_event("b-1"));
  check_healthy(*store);
}

// -- a COMMIT that fails (R6) -------------------------------------------------

// The server answers the COMMIT of a transaction that failed with ROLLBACK, without an error.
BOOST_AUTO_TEST_CASE(a_commit_that_is_answered_with_rollback_is_not_told_as_done) {
  proxy.replace("COMMIT", "ROLLBACK");
  proxy.cut_all(); // what was prepared before is prepared anew
  const auto set = one_event("a-1");
  for (int tries = 0; tries < 100 && proxy.replaced() < 2; ++tries)
    BOOST_CHECK(must_be<failure>(store->append(set)).code != errc::invalid_argument);
  BOOST_TEST(proxy.replaced() >= 1);
  BOOST_TEST(count_in_log(set) == 0U);
  proxy.replace("", "");
  proxy.cut_all();
  append_at_last(set);
  BOOST_TEST(count_in_log(set) == 1U);
  check_healthy(*store);
}

// An error that the server finds only when it commits: what is told is true, whoever was in the batch.
BOOST_AUTO_TEST_CASE(a_write_set_that_is_refused_at_the_commit_is_not_told_as_done) {
  run("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "RAISE EXCEPTION 'no poison here' USING ERRCODE = 'check_violation'; END $$; "
      "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW WHEN (NEW.type = 'poison') EXECUTE FUNCTION refuse()");
  const std::vector batch{one_event("a-1"), write_of(ids, {stream_of("b-1").event("poison")}),
                          one_event("c-1")};
  const auto told = store->append(batch);
  must_be<failure>(told[1]);
  for (std::size_t i = 0; i < batch.size(); ++i)
    BOOST_TEST(count_in_log(batch[i]) == (std::holds_alternative<committed>(told[i]) ? 1U : 0U));
  append_at_last(one_event("d-1"));
  check_healthy(*store);
}

BOOST_AUTO_TEST_SUITE_END()
