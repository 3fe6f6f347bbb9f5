#include "stores/postgres_backend.hpp"
#include "support/append_load.hpp"
#include "support/row_holder.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <chrono>
#include <csignal>
#include <optional>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;
using support::append_load;
using support::row_holder;

// The server is stopped, crashed and killed, and its processes are, while several threads append
// through two stores. Afterwards the log is held against what each of them was told.

namespace {

constexpr std::size_t threads = 4;
constexpr std::size_t some = 5;

struct under_load : postgres_backend {
  using postgres_backend::open;

  auto open() -> std::shared_ptr<event_store> { return must(open(store_settings{})); }

  /// Lets `fault` happen while threads append, and checks that they go on by themselves.
  template <class Fault>
  void survive(Fault fault) {
    append_load load{{open(), open()}, threads};
    load.wait_for_commits(some);
    fault(load);
    load.wait_for_commits(some);
    load.stop();
    const auto store = open();
    load.check_log(*store);
    BOOST_TEST(must(store->head()).position.value >= 2 * threads * 2 * some);
    BOOST_TEST_MESSAGE("unknown outcomes: " << load.unknown());
  }

  /// The process behind the connection that commits just now.
  auto committing_backend() const -> ::pid_t {
    auto on = connect();
    std::optional<::pid_t> found;
    support::wait_until("somebody who commits", [&] {
      const auto rows =
        on.query("SELECT pid FROM pg_locks WHERE relation = 'log_head'::regclass AND mode = "
                 "'RowExclusiveLock' AND granted LIMIT 1");
      if (!rows.empty())
        found = std::stoi(rows[0][0]);
      return found.has_value();
    });
    return *found;
  }

  sequential_ids ids;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(faults, under_load)

// -- the server goes ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_server_that_is_stopped_and_started_loses_and_doubles_nothing) {
  survive([&](append_load& load) {
    server.stop(postgres_server::shutdown::fast);
    load.wait_for_failure();
    server.start_again();
  });
}

BOOST_AUTO_TEST_CASE(a_server_that_crashes_and_recovers_loses_and_doubles_nothing) {
  survive([&](append_load& load) {
    for (int i = 0; i < 3; ++i) {
      server.restart(postgres_server::shutdown::immediate);
      load.wait_for_commits(1);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_killed_postmaster_loses_and_doubles_nothing) {
  survive([&](append_load& load) {
    server.kill();
    load.wait_for_failure();
    server.start_again();
  });
}

// The postmaster then ends all others, too, and recovers.
BOOST_AUTO_TEST_CASE(a_killed_backend_loses_and_doubles_nothing) {
  survive([&](append_load& load) {
    for (int i = 0; i < 3; ++i) {
      BOOST_REQUIRE(::kill(committing_backend(), SIGKILL) == 0);
      load.wait_for_commits(1);
    }
  });
}

BOOST_AUTO_TEST_CASE(backends_that_are_sent_away_lose_and_double_nothing) {
  survive([&](append_load& load) {
    for (int i = 0; i < 20; ++i) {
      const auto sent_away = std::to_string(committing_backend());
      server.ask("SELECT pg_terminate_backend(" + sent_away + ")");
      load.wait_for_commits(1);
    }
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = "
               "'client backend' AND pid <> pg_backend_pid()");
  });
}

// A statement may be cancelled, a COMMIT is not.
BOOST_AUTO_TEST_CASE(backends_whose_statements_are_cancelled_lose_and_double_nothing) {
  survive([&](append_load& load) {
    for (int i = 0; i < 20; ++i) {
      const auto cancelled = std::to_string(committing_backend());
      server.ask("SELECT pg_cancel_backend(" + cancelled + ")");
      load.wait_for_commits(1);
    }
  });
}

// -- what is said meanwhile ---------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stopped_server_is_a_clear_failure_of_every_call_and_then_none) {
  const auto store = open();
  const auto set = write_of(ids, {stream_of("a-1").event("e")});
  must_commit(*store, set);
  server.stop(postgres_server::shutdown::fast);
  const auto away = [&](const auto& outcome) {
    const auto failed = must_fail(outcome, errc::store_unavailable);
    BOOST_TEST(failed.detail.contains(fmt::format("127.0.0.1:{}", server.port())), failed.detail);
    BOOST_TEST(!failed.detail.contains('\n'), failed.detail);
    BOOST_TEST(is_retriable(failed.code));
  };
  const auto begin = std::chrono::steady_clock::now();
  const auto next = write_of(ids, {stream_of("a-2").event("e")});
  for (int i = 0; i < 2; ++i) {
    must_fail(*store, next, errc::store_unavailable, "nothing");
    away(store->read(read_stream{.stream = set.reads[0].stream}));
    away(store->read(read_log{}));
    away(store->head());
    away(store->load_checkpoint("mail"));
    away(store->save_checkpoint("mail", {{1}, set.commit}));
    away(store->acquire_lease("mail", 1s));
    away(store->find_damage());
    away(store->await({1}, 0ms));
  }
  away(open_at(server.url()));
  BOOST_CHECK(std::chrono::steady_clock::now() - begin < 20s);
  server.start_again();
  support::wait_until("the writer",
                      [&] { return !std::holds_alternative<failure>(store->append(next)); });
  support::wait_until("the readers", [&] { return store->head().has_value(); });
  BOOST_TEST(must(store->head()).position.value == 2U);
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(somebody_who_holds_the_log_head_is_a_clear_failure_when_it_takes_too_long) {
  store_settings settings;
  settings.postgres.lock_timeout = 100ms;
  const auto store = must(open(settings));
  const auto set = write_of(ids, {stream_of("a-1").event("e")});
  {
    row_holder other{connect(), "log_head"};
    const auto failed = must_fail(*store, set, errc::store_unavailable, "nothing");
    BOOST_TEST(failed.detail.contains("pg_stat_activity"), failed.detail);
    BOOST_TEST(!failed.detail.contains('\n'));
    must_fail(store->find_commit(set, {}), errc::store_unavailable);
    BOOST_TEST(must(store->head()).position.value == 0U); // readers do not wait for it
    other.let_go();
  }
  must_commit(*store, set);
}

BOOST_AUTO_TEST_CASE(a_read_that_takes_too_long_is_a_clear_failure) {
  store_settings settings;
  settings.postgres.statement_timeout = 100ms;
  const auto store = must(open(settings));
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
  auto other = connect();
  other.run("BEGIN; LOCK TABLE events");
  must_fail(store->read(read_log{}), errc::store_unavailable);
  must_fail(store->read(read_stream{.stream = stream_id::trusted("a-1")}), errc::store_unavailable);
  other.run("COMMIT");
  BOOST_TEST(read_log_of(*store).events.size() == 1U);
}

// Fails when a connection is held between pages or lost by a failure.
BOOST_AUTO_TEST_CASE(more_threads_than_connections_all_read_and_no_connection_is_lost) {
  store_settings settings;
  settings.postgres.connections = 3;
  settings.postgres.application_name = "few";
  const auto store = must(open(settings));
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e").event("f")}));
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 8; ++i)
      readers.emplace_back([&] {
        for (int n = 0; n < 50; ++n) {
          if (!store->read(read_stream{.stream = stream_id::trusted("a-1"), .page = {.events = 1}})
              || !store->head() || !store->load_checkpoint("mail"))
            ++failures;
          if (store->read(read_log{.filter = {.glob = "[a"}})) // refused, without a connection
            ++failures;
        }
      });
  }
  BOOST_TEST(failures == 0);
  must(store->await({}, 0ms));
  BOOST_TEST(std::stoi(ask("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE "
                           "'few%'"))
             <= 3);
}

BOOST_AUTO_TEST_CASE(a_store_that_goes_leaves_no_connection) {
  store_settings settings;
  settings.postgres.application_name = "gone";
  {
    const auto store = must(open(settings));
    must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
    BOOST_TEST(must(store->await({}, 0ms)).position.value == 1U);
  }
  support::wait_until("the end of its connections", [&] {
    return ask("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'gone%'") == "0";
  });
}

BOOST_AUTO_TEST_SUITE_END()
