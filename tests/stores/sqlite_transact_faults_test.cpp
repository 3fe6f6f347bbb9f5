#include "stores/sqlite_backend.hpp"
#include "support/faulty_vfs.hpp"

#include "eventcore/stores/sql_transaction.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <chrono>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>
#include <soci/soci.h>

using namespace eventcore;
using namespace eventcore::testing;
using support::faulty_disk;

// What becomes of a transaction with work when the disk fails: the rows and the checkpoint are there
// together or not at all, and the database's trouble is not blamed on the work.

namespace {

using call = faulty_disk::call;
using place = faulty_disk::file;

constexpr auto few = "INSERT INTO seen VALUES (1, 'few')";
// More than the connection's memory takes, so that it is written before the COMMIT.
constexpr auto many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) "
                      "INSERT INTO seen SELECT i, zeroblob(4000) FROM n";

struct work_on_faulty_disk {
  work_on_faulty_disk() {
    const auto set = write_of(ids, {stream_of("a-1").event("e")});
    first = {must_commit(*store, set).first, set.commit};
    must(store->transact({}, running("CREATE TABLE seen (n INTEGER PRIMARY KEY, text)")));
  }

  auto open() -> std::shared_ptr<event_store> {
    sqlite::sqlite_settings settings;
    settings.cache_bytes = 100'000;
    settings.wal_age = std::chrono::hours{24};
    return must(sqlite::open(backend.file(), settings));
  }

  static void run(transaction& given, const std::string& sql) {
    must(sql_transaction::of(given))->session() << sql;
  }
  static auto running(std::string sql) -> transaction_work {
    return [sql = std::move(sql)](transaction& given) -> result<> {
      run(given, sql);
      return {};
    };
  }

  auto move(const transaction_work& work) -> result<> {
    const checkpoint_move one{"mail", {}, first, {}};
    return store->transact({&one, 1}, work);
  }

  auto is_moved() -> bool { return must(store->load_checkpoint("mail")).has_value(); }

  auto rows() -> int {
    int count = -1;
    must(store->inspect([&](transaction& given) -> result<> {
      must(sql_transaction::of(given))->session() << "SELECT count(*) FROM seen", soci::into(count);
      return {};
    }));
    return count;
  }

  void check_untouched() {
    BOOST_TEST(!is_moved());
    BOOST_TEST(rows() == 0);
  }

  void fill_disk() {
    disk.fail({.call = call::write, .file = place::log, .code = SQLITE_FULL, .times = 1'000'000});
  }

  faulty_disk disk;
  sqlite_backend backend;
  sequential_ids ids;
  std::shared_ptr<event_store> store = open();
  checkpoint first;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(faults_of_work, work_on_faulty_disk)

// Fails when every failed statement is taken for the work's own fault: its projection would stop.
BOOST_AUTO_TEST_CASE(a_full_disk_in_the_work_is_the_failure_of_the_database) {
  fill_disk();
  must_fail(move(running(many)), errc::store_unavailable, "is full; nothing was written");
  disk.heal();
  check_untouched();
  must(move(running(many)));
  BOOST_TEST(is_moved());
  BOOST_TEST(rows() == 1000);
}

// Fails when only the end of the transaction is looked at: the database ended it, and each further
// statement would commit by itself.
BOOST_AUTO_TEST_CASE(work_that_keeps_a_full_disk_to_itself_writes_nothing) {
  must_fail(move([&](transaction& given) -> result<> {
              fill_disk();
              BOOST_CHECK_THROW(run(given, many), soci::soci_error);
              disk.heal();
              BOOST_CHECK_THROW(run(given, few), soci::soci_error);
              run(given, "BEGIN");
              run(given, few);
              return {};
            }),
            errc::handler_failed, "kept a failure of the database to itself");
  check_untouched();
  must(move(running(few)));
}

BOOST_AUTO_TEST_CASE(a_commit_that_cannot_be_written_is_certainly_not_there) {
  disk.keep_unsynced();
  fill_disk();
  must_fail(move(running(few)), errc::store_unavailable, "is full; nothing was written");
  disk.heal();
  check_untouched();
  disk.cut_power();
  store.reset();
  disk.restore_power();
  store = open();
  check_untouched();
  must(move(running(few)));
}

// Fails when the checkpoint and the rows are two transactions.
BOOST_AUTO_TEST_CASE(after_a_commit_of_unknown_outcome_both_are_there_or_none) {
  for (const bool kept : {false, true}) {
    kept ? disk.keep_unsynced() : disk.lose_unsynced();
    must(store->save_checkpoint("other", first)); // a new log syncs its header first
    disk.fail({.call = call::sync, .file = place::log, .code = SQLITE_IOERR_FSYNC});
    must_fail(move(running(few)), errc::outcome_unknown, "it may or may not be there");
    disk.cut_power();
    store.reset();
    disk.restore_power();
    store = open();
    BOOST_TEST(is_moved() == kept);
    BOOST_TEST(rows() == (kept ? 1 : 0));
  }
}

BOOST_AUTO_TEST_SUITE_END()
