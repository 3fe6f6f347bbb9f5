#include "stores/sqlite_backend.hpp"
#include "support/child.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace eventcore;
using namespace eventcore::testing;

// Backups that the store makes itself, and what its maintenance does in the file.

namespace {

struct looked_after_file : sqlite_backend {
  auto work() const -> store_maintenance& { return store->maintenance(); }

  void commit(int count, std::size_t bytes = 100) {
    for (; count > 0; --count)
      must_commit(
        *store,
        write_of(ids,
                 {stream_of(fmt::format("a-{:04}", ++last)).bytes("e", std::string(bytes, 'x'))}));
  }

  auto copy() const -> std::filesystem::path { return directory / "copy.db"; }

  auto has(const std::string& name) const -> bool {
    return std::filesystem::exists(directory / name);
  }

  sequential_ids ids;
  std::shared_ptr<event_store> store = must(open({}));
  int last = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(maintenance, looked_after_file)

// -- backups ------------------------------------------------------------------

// Fails when the copy begins anew after each commit of others, or holds some of them.
BOOST_AUTO_TEST_CASE(a_backup_is_of_one_moment_while_the_store_is_written_to) {
  commit(20, 200'000);
  std::vector<double> shares;
  must(work().back_up(copy(), [&](double share) {
    shares.push_back(share);
    commit(1);
  }));
  BOOST_TEST(shares.size() > 3U);
  BOOST_TEST(std::ranges::is_sorted(shares));
  BOOST_TEST(shares.front() > 0);
  BOOST_TEST(shares.back() == 1);
  BOOST_TEST(must(store->head()).position.value == 20 + shares.size());
  const auto restored = must(sqlite::open(copy()));
  BOOST_TEST(must(restored->head()).position.value == 20U);
  check_healthy(*restored);
  must_commit(*restored, write_of(ids, {stream_of("b-1").event("e")}));
}

BOOST_AUTO_TEST_CASE(a_backup_appears_when_it_is_whole_and_nothing_stays_beside_it) {
  commit(5);
  must(work().back_up(copy(), [&](double) { BOOST_TEST(!has("copy.db")); }));
  BOOST_TEST(has("copy.db"));
  for (const auto* name : {"copy.db.partial", "copy.db-wal", "copy.db-journal",
                           "copy.db.partial-wal", "copy.db.partial-journal"})
    BOOST_TEST(!has(name), name);
}

BOOST_AUTO_TEST_CASE(a_backup_takes_no_file_s_place) {
  commit(1);
  const auto refused = [&](const std::filesystem::path& to, std::string_view text) {
    must_fail(work().back_up(to, {}), errc::invalid_argument, text);
  };
  refused(file(), "store.db exists already; name another file");
  std::ofstream{copy()} << "mine";
  refused(copy(), "copy.db exists already; name another file");
  BOOST_TEST(std::filesystem::file_size(copy()) == 4U);
  refused(directory, "exists");
  refused("", "needs the name of a new file");
  refused(directory / "nowhere" / "copy.db", "there is no directory");
  // One that comes while the copy is made.
  std::filesystem::remove(copy());
  must_fail(work().back_up(copy(), [&](double) { std::ofstream{copy()} << "mine"; }),
            errc::invalid_argument, "copy.db exists already");
  BOOST_TEST(std::filesystem::file_size(copy()) == 4U);
  BOOST_TEST(!has("copy.db.partial"));
}

// Fails when a log that another database left is taken for one of the copy.
BOOST_AUTO_TEST_CASE(a_backup_is_not_made_beside_what_another_database_left) {
  commit(1);
  for (const auto* left : {"copy.db-wal", "copy.db-journal"}) {
    std::ofstream{directory / left} << "frames";
    must_fail(work().back_up(copy(), {}), errc::invalid_argument,
              std::string{left} + " is there, of a database that was copy.db");
    BOOST_TEST(!has("copy.db"));
    std::filesystem::remove(directory / left);
  }
  must(work().back_up(copy(), {}));
}

BOOST_AUTO_TEST_CASE(a_backup_that_fails_leaves_nothing) {
  commit(1);
  must_fail(work().back_up(copy(), [](double) { throw std::runtime_error{"enough"}; }),
            errc::store_unavailable, "enough");
  BOOST_TEST(!has("copy.db"));
  BOOST_TEST(!has("copy.db.partial"));
}

BOOST_AUTO_TEST_CASE(a_backup_goes_over_what_a_killed_one_left) {
  commit(5);
  std::ofstream{directory / "copy.db.partial"} << std::string(100'000, 'x');
  must(work().back_up(copy(), {}));
  BOOST_TEST(!has("copy.db.partial"));
  check_healthy(*must(sqlite::open(copy())));
}

BOOST_AUTO_TEST_CASE(one_backup_at_a_time_writes_a_file) {
  commit(5);
  must(work().back_up(copy(), [&](double) {
    must_fail(work().back_up(copy(), {}), errc::invalid_argument,
              "copy.db.partial is being written by another program");
  }));
  check_healthy(*must(sqlite::open(copy())));
}

BOOST_AUTO_TEST_CASE(a_store_opened_for_reading_is_backed_up) {
  commit(5);
  store = must(open({.read_only = true}));
  must(work().back_up(copy(), {}));
  BOOST_TEST(must(must(sqlite::open(copy()))->head()).position.value == 5U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_of_the_backup_s_file) {
  commit(20, 200'000);
  const support::small_disk disk{directory / "small", 1024 * 1024};
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a small disk");
    return;
  }
  const auto failed =
    must_fail(work().back_up(disk.path() / "copy.db", {}), errc::store_unavailable, "full");
  BOOST_TEST(failed.detail.contains("small/copy.db"), failed.detail);
  BOOST_TEST(std::filesystem::is_empty(disk.path()));
  check_healthy(*store);
}

// -- snapshots ----------------------------------------------------------------

// A program that wrote to a file which an older backup then replaced leaves such a one.
BOOST_AUTO_TEST_CASE(a_later_snapshot_that_the_log_does_not_hold_is_replaced) {
  commit(1);
  run("INSERT INTO snapshots VALUES (1, 'a', 'v1', 9, zeroblob(16), 'lost')");
  const auto stream = stream_id::trusted("a-0001");
  BOOST_TEST(!must(work().list_snapshots({})).at(0).in_log);
  BOOST_TEST(!must(store->load_snapshot(stream, "a")));
  BOOST_TEST(must(store->save_snapshot({stream, "a", "v1", head_of(*store, "a-0001"), "now"})));
  BOOST_TEST(must(store->load_snapshot(stream, "a"))->payload == "now");
  BOOST_TEST(must(work().list_snapshots({})).at(0).in_log);
}

BOOST_AUTO_TEST_CASE(many_snapshots_are_dropped_in_short_transactions) {
  commit(1);
  run("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1234) "
      "INSERT INTO snapshots SELECT 1, 'v' || i, 'v1', 1, zeroblob(16), 'x' FROM n");
  BOOST_TEST(must(work().drop_snapshots({})) == 1234U);
  BOOST_TEST(must(work().statistics()).snapshots == 0U);
}

// -- what people see ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_view_of_the_log_says_where_a_payload_is) {
  must_commit(*store,
              write_of(ids, {stream_of("a-1").event("e").event(std::string{closed_event})}));
  const expectation closed{stream_id::trusted("a-1"), head_of(*store, "a-1")};
  must(work().archive({.file = "old.json"}, {&closed, 1}));
  run("CREATE TABLE seen AS SELECT payload FROM log; "
      "CREATE TABLE same (ok CHECK (ok = 1)); INSERT INTO same SELECT "
      "group_concat(payload, ' ') = 'archived: old.json {}' FROM seen");
}

BOOST_AUTO_TEST_SUITE_END()
