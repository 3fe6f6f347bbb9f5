#include "stores/postgres_backend.hpp"
#include "support/wait_until.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;

// How a program learns of commits: by notices, by polling when those cannot come, and of its own at
// once.

namespace {

using clock_type = std::chrono::steady_clock;

constexpr auto for_ever = 20s; // a test that waits so long has failed

struct listening : postgres_backend {
  using postgres_backend::open;

  /// A store that looks by itself every `interval`.
  auto open_polling(std::chrono::milliseconds interval) -> std::shared_ptr<event_store> {
    store_settings settings;
    settings.postgres.poll_interval = interval;
    settings.postgres.application_name = schema;
    return must(open(settings));
  }

  auto one_event() -> write_set {
    return write_of(ids, {stream_of(fmt::format("a-{}", ++streams)).event("e")});
  }

  /// `await` on a thread of its own.
  static auto awaiting(event_store& store, log_position known,
                       std::chrono::milliseconds patience = for_ever)
    -> std::future<result<log_head>> {
    return std::async(std::launch::async,
                      [&store, known, patience] { return store.await(known, patience); });
  }

  /// Sends the connections away that listen by now; how many. (One that is just being made would be
  /// lost by SOCI with all its memory.)
  auto send_listeners_away() const -> int {
    return std::stoi(ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                         "application_name = '"
                         + schema + " listener' AND query LIKE '%log_head%'"));
  }

  sequential_ids ids;
  int streams = 0;
};

void check_in_time(clock_type::time_point begin) {
  const auto took = clock_type::now() - begin;
  check(took < for_ever / 2, fmt::format("it took {} ms", took / 1ms));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(listen, listening)

// -- notices ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_commit_of_another_program_wakes_who_awaits_it) {
  const auto here = open_polling(1h);
  const auto there = open_polling(1h);
  for (std::uint64_t known = 0; known < 50; ++known) {
    const auto begin = clock_type::now();
    auto waiting = awaiting(*here, {known});
    const auto set = one_event();
    must_commit(*there, set);
    const auto head = must(waiting.get());
    check_in_time(begin);
    BOOST_TEST(head.position.value == known + 1);
    BOOST_CHECK(head.commit == set.commit);
  }
}

// Whenever it falls between the first look at the log head and the first notice.
BOOST_AUTO_TEST_CASE(a_commit_while_it_begins_to_listen_is_not_missed) {
  const auto there = open_polling(1h);
  for (std::uint64_t known = 0; known < 20; ++known) {
    const auto here = open_polling(1h);
    const auto begin = clock_type::now();
    auto waiting = awaiting(*here, {known});
    for (std::uint64_t n = 0; n < known * 500; ++n) // a little later in every round
      std::this_thread::yield();
    must_commit(*there, one_event());
    BOOST_TEST(must(waiting.get()).position.value == known + 1);
    check_in_time(begin);
  }
}

BOOST_AUTO_TEST_CASE(a_commit_of_its_own_wakes_it_at_once) {
  const auto store = open_polling(1h);
  for (std::uint64_t known = 0; known < 20; ++known) {
    const auto begin = clock_type::now();
    auto waiting = awaiting(*store, {known});
    must_commit(*store, one_event());
    BOOST_TEST(must(waiting.get()).position.value == known + 1);
    check_in_time(begin);
  }
}

BOOST_AUTO_TEST_CASE(all_who_await_are_woken_also_those_that_await_more) {
  const auto here = open_polling(1h);
  const auto there = open_polling(1h);
  std::vector<std::future<result<log_head>>> waiting;
  for (std::uint64_t known = 0; known < 8; ++known)
    waiting.push_back(awaiting(*here, {known}));
  const auto begin = clock_type::now();
  for (int i = 0; i < 8; ++i)
    must_commit(*there, one_event());
  for (std::uint64_t known = 0; known < 8; ++known)
    BOOST_TEST(must(waiting[known].get()).position.value > known);
  check_in_time(begin);
}

// Fails when notices that come along with the answer to the listener's own question are left lying:
// nothing on the socket tells of them any more. Its question is made to take long.
BOOST_AUTO_TEST_CASE(commits_while_the_listener_looks_at_the_log_head_are_not_missed) {
  const auto here = open_polling(1h);
  const auto there = open_polling(1h);
  must(here->await({0}, 0ms));
  run(
    "CREATE FUNCTION slowly() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN "
    "IF current_setting('application_name') LIKE '% listener' THEN PERFORM pg_sleep(0.7); END IF; "
    "RETURN true; END $$; "
    "ALTER TABLE log_head RENAME TO real_head; "
    "CREATE VIEW log_head AS SELECT * FROM real_head WHERE slowly()");
  constexpr std::uint64_t last = 6;
  const auto begin = clock_type::now();
  auto waiting = awaiting(*here, {last - 1});
  auto looking = connect();
  std::uint64_t position = 0;
  support::wait_until("the listener's look", [&] { // it looks once somebody waits
    if (position < last - 2) {
      must_commit(*there, one_event());
      ++position;
    }
    return looking.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1";
  });
  for (; position < last; ++position)
    must_commit(*there, one_event());
  BOOST_TEST(must(waiting.get()).position.value == last);
  check_in_time(begin);
}

// A notice of another schema in the same database is somebody else's.
BOOST_AUTO_TEST_CASE(commits_in_another_schema_do_not_end_the_waiting) {
  const auto here = open_polling(1h);
  postgres_backend other;
  const auto theirs = must(other.open({}));
  auto waiting = awaiting(*here, {0}, 700ms);
  for (int i = 0; i < 20; ++i)
    must_commit(*theirs, one_event());
  BOOST_TEST(must(waiting.get()).position.value == 0U);
}

// -- patience -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(without_a_commit_it_gives_the_head_when_its_patience_ends) {
  const auto store = open_polling(10ms);
  must_commit(*store, one_event());
  for (const auto patience : {0ms, 1ms, 300ms}) {
    const auto begin = clock_type::now();
    BOOST_TEST(must(store->await({1}, patience)).position.value == 1U);
    BOOST_CHECK(clock_type::now() - begin >= patience);
    check_in_time(begin);
  }
}

BOOST_AUTO_TEST_CASE(what_is_there_already_is_not_waited_for) {
  const auto store = open_polling(1h);
  must_commit(*store, one_event());
  must_commit(*open_polling(1h), one_event());
  const auto begin = clock_type::now();
  BOOST_TEST(must(store->await({0}, for_ever)).position.value == 2U);
  BOOST_TEST(must(store->await({1}, for_ever)).position.value == 2U);
  check_in_time(begin);
}

BOOST_AUTO_TEST_CASE(a_store_opened_for_reading_is_woken_as_well) {
  const auto there = open_polling(1h);
  store_settings settings{.read_only = true};
  settings.postgres.poll_interval = 1h;
  const auto here = must(open(settings));
  for (std::uint64_t known = 0; known < 5; ++known) {
    const auto begin = clock_type::now();
    auto waiting = awaiting(*here, {known});
    must_commit(*there, one_event());
    BOOST_TEST(must(waiting.get()).position.value == known + 1);
    check_in_time(begin);
  }
}

// -- when notices cannot come -------------------------------------------------

// Written by somebody who tells nobody.
BOOST_AUTO_TEST_CASE(polling_finds_what_no_notice_tells) {
  const auto here = open_polling(20ms);
  const auto begin = clock_type::now();
  auto waiting = awaiting(*here, {0});
  auto by_hand = connect();
  by_hand.run("UPDATE log_head SET position = 5, commit_id = gen_random_uuid()");
  BOOST_TEST(must(waiting.get()).position.value == 5U);
  check_in_time(begin);
}

BOOST_AUTO_TEST_CASE(commits_are_seen_while_its_listening_connection_is_killed_again_and_again) {
  const auto here = open_polling(20ms);
  const auto there = open_polling(1h);
  must(here->await({0}, 0ms));
  std::atomic<bool> ending = false;
  std::atomic<int> sent_away = 0;
  std::jthread killer{[&] {
    while (!ending)
      sent_away += send_listeners_away();
  }};
  for (std::uint64_t known = 0; known < 30; ++known) {
    const auto begin = clock_type::now();
    auto waiting = awaiting(*here, {known});
    must_commit(*there, one_event());
    BOOST_TEST(must(waiting.get()).position.value == known + 1);
    check_in_time(begin);
  }
  ending = true;
  killer.join();
  BOOST_TEST(sent_away > 0);
}

// Fails when the listener does not connect anew, or looks at the log head before it listens: what is
// committed in between is missed.
BOOST_AUTO_TEST_CASE(a_lost_listening_connection_is_replaced_and_misses_nothing) {
  const auto here = open_polling(1h);
  const auto there = open_polling(1h);
  must(here->await({0}, 0ms));
  for (std::uint64_t known = 0; known < 5; ++known) {
    support::wait_until("a listener", [&] { return send_listeners_away() > 0; });
    const auto begin = clock_type::now();
    auto waiting = awaiting(*here, {known});
    must_commit(*there, one_event());
    BOOST_TEST(must(waiting.get()).position.value == known + 1);
    check_in_time(begin);
  }
}

// -- the end ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_store_that_listens_goes_promptly) {
  auto store = open_polling(1h);
  BOOST_TEST(must(store->await({0}, 0ms)).position.value == 0U);
  const auto begin = clock_type::now();
  store.reset();
  check_in_time(begin);
}

BOOST_AUTO_TEST_SUITE_END()
