#include "stores/sql_transaction_cases.hpp"
#include "stores/sqlite_backend.hpp"

#include "eventcore/stores/sql_transaction.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/contract_boost.hpp"
#include "eventcore/testing/ids.hpp"

#include <memory>
#include <vector>

#include <soci/soci.h>

using namespace eventcore;
using namespace eventcore::testing;

EVENTCORE_STORE_CASES(sqlite_backend, sql_transactions_of, sql_transaction_cases())

// What is special to transactions in SQLite: the work is done on the one connection that appends.

namespace {

struct worked_file : sqlite_backend {
  auto transact(const transaction_work& work) -> result<> { return store->transact({}, work); }

  /// Moves the checkpoint "mail" to the first event, and does `work`.
  auto move(const transaction_work& work) -> result<> {
    const checkpoint_move one{"mail", {}, first, {}};
    return store->transact({&one, 1}, work);
  }

  auto append() -> committed {
    return must_commit(*store,
                       write_of(ids, {stream_of("a-" + std::to_string(++made)).event("e")}));
  }

  using sqlite_backend::run;

  static auto run(transaction& given, const char* sql) -> result<> {
    must(sql_transaction::of(given))->session() << sql;
    return {};
  }

  /// Work that runs one statement.
  static auto running(const char* sql) -> transaction_work {
    return [sql](transaction& given) { return run(given, sql); };
  }

  auto number(const char* sql) -> int {
    int value = -1;
    must(store->inspect([&](transaction& given) -> result<> {
      must(sql_transaction::of(given))->session() << sql, soci::into(value);
      return {};
    }));
    return value;
  }

  sequential_ids ids;
  int made = 0;
  std::shared_ptr<event_store> store = must(open({}));
  checkpoint first = [&] {
    const auto done = append();
    return checkpoint{done.first, done.commit};
  }();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(transact, worked_file)

BOOST_AUTO_TEST_CASE(the_dialect_is_told) {
  const auto look = [](transaction& given) -> result<> {
    BOOST_CHECK(must(sql_transaction::of(given))->dialect() == sql_dialect::sqlite);
    return {};
  };
  must(transact(look));
  must(store->inspect(look));
}

// Fails when COMMIT is left to the work: what comes after it would be written without a checkpoint.
BOOST_AUTO_TEST_CASE(nothing_of_work_that_ends_its_transaction_is_kept) {
  must(transact(running("CREATE TABLE seen (n INTEGER)")));
  for (const auto* end : {"COMMIT", "ROLLBACK"})
    for (const auto* after : {"INSERT INTO seen VALUES (2)", "BEGIN"}) {
      const auto failed = must_fail(move([&](transaction& given) -> result<> {
                                      static_cast<void>(run(given, "INSERT INTO seen VALUES (1)"));
                                      for (const auto* sql : {end, after,
                                                              "INSERT INTO seen VALUES "
                                                              "(3)"})
                                        try {
                                          static_cast<void>(run(given, sql));
                                        } catch (const soci::soci_error&) { // kept to itself
                                        }
                                      return {};
                                    }),
                                    errc::handler_failed, "nothing was written");
      BOOST_TEST(number("SELECT count(*) FROM seen") == 0);
      BOOST_TEST(!must(store->load_checkpoint("mail")));
      append();
    }
}

// Fails when it waits for itself.
BOOST_AUTO_TEST_CASE(work_that_writes_through_the_store_is_refused) {
  must(move([&](transaction&) -> result<> {
    const auto set = write_of(ids, {stream_of("b-1").event("e")});
    must_fail(*store, set, errc::invalid_argument, "the work of a transaction cannot write");
    must_fail(store->find_commit(set, {}), errc::invalid_argument);
    must_fail(store->save_checkpoint("other", first), errc::invalid_argument);
    must_fail(transact(running("SELECT 1")), errc::invalid_argument, "cannot write");
    return {};
  }));
  append();
  must(store->save_checkpoint("other", first));
}

BOOST_AUTO_TEST_CASE(temporary_tables_and_attached_files_are_gone_after_the_work) {
  must(transact([](transaction& given) -> result<> {
    for (const auto* sql : {"CREATE TEMP TABLE events (a)", "CREATE TEMP TABLE checkpoints (a)",
                            "ATTACH ':memory:' AS beside", "CREATE TABLE beside.streams (a)"})
      static_cast<void>(run(given, sql));
    return {};
  }));
  append();
  must(store->save_checkpoint("mail", first));
  must_fail(transact(running("SELECT * FROM beside.streams")), errc::handler_failed, "beside");
  must(store->inspect(running("CREATE TEMP TABLE seen (a)")));
  must_fail(store->inspect(running("SELECT * FROM seen")), errc::handler_failed, "seen");
  check_healthy(*store);
}

// Fails when the statement stays half-read: its connection would not see what others write.
BOOST_AUTO_TEST_CASE(a_statement_that_outlives_the_work_keeps_no_snapshot) {
  const auto other = must(open({}));
  for (const bool writing : {true, false}) {
    std::unique_ptr<soci::statement> kept;
    int position = 0;
    const transaction_work work = [&](transaction& given) -> result<> {
      auto& session = must(sql_transaction::of(given))->session();
      kept = std::make_unique<soci::statement>(
        (session.prepare << "SELECT position FROM events", soci::into(position)));
      kept->execute();
      kept->fetch();
      return {};
    };
    must(writing ? transact(work) : store->inspect(work));
    const auto set = write_of(ids, {stream_of(writing ? "w-1" : "r-1").event("e")});
    must_commit(*other, set);
    append();
    BOOST_TEST(number("SELECT count(*) FROM events") == must(store->head()).position.value);
    kept.reset();
  }
}

BOOST_AUTO_TEST_CASE(a_store_opened_for_reading_can_be_looked_into) {
  must(transact(running("CREATE TABLE seen (n INTEGER)")));
  store = must(open({.read_only = true}));
  BOOST_TEST(number("SELECT count(*) FROM seen") == 0);
  must_fail(store->inspect(running("INSERT INTO seen VALUES (1)")), errc::handler_failed,
            "readonly");
  must_fail(transact(running("SELECT 1")), errc::read_only, "was opened for reading");
  must_fail(store->park({.projection = "mail", .why = {errc::codec_failed, "x"}}), errc::read_only);
}

// Fails when what a reader kept is believed without its commit: the file may be an older one.
BOOST_AUTO_TEST_CASE(what_the_log_no_longer_holds_is_not_loaded_and_can_be_moved_away) {
  const checkpoint_move there{"mail", {}, first, {}};
  must(store->transact({&there, 1}, {}));
  BOOST_TEST(must(store->save_read_model({"top", "v1", first, "{}"})));
  run("UPDATE read_models SET commit_id = zeroblob(16)");
  BOOST_TEST(!must(store->load_read_model("top")).has_value());
  run("UPDATE read_models SET position = 7");
  BOOST_TEST(!must(store->load_read_model("top")).has_value());

  run("UPDATE checkpoints SET position = 7");
  must_fail(store->load_checkpoint("mail"), errc::log_rewound, "mail");
  const checkpoint lost{{7}, first.commit};
  BOOST_CHECK(must(store->list_checkpoints()) == (std::vector{named_checkpoint{"mail", lost}}));
  const checkpoint_move same{"mail", lost, lost, {}};
  must_fail(store->transact({&same, 1}, {}), errc::log_rewound, "mail");
  const checkpoint_move away{"mail", lost, {}, {}};
  must(store->transact({&away, 1}, {}));
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(a_dead_letter_of_a_later_program_is_listed) {
  must(store->park({.projection = "mail", .why = {errc::codec_failed, "x"}}));
  run("UPDATE dead_letters SET code = 'out_of_luck'");
  BOOST_CHECK(must(store->list_dead_letters({})).at(0).code == errc::handler_failed);
}

BOOST_AUTO_TEST_CASE(a_lock_of_another_program_is_waited_for_and_then_told) {
  store = must(open({.busy_timeout = std::chrono::milliseconds{20}}));
  sqlite3* holder = nullptr;
  sqlite3_open(file().c_str(), &holder);
  sqlite3_exec(holder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
  must_fail(move(running("SELECT 1")), errc::store_unavailable, "another process has held");
  sqlite3_close(holder);
  must(move(running("SELECT 1")));
}

BOOST_AUTO_TEST_SUITE_END()
