#include "stores/sqlite_backend.hpp"

#include "eventcore/subscription.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// Copies made while a program writes, and what is said when an old one takes the file's place.

namespace {

struct backed_up_file : sqlite_backend {
  void commit(int count) {
    for (; count > 0; --count) {
      const auto set =
        write_of(ids, {stream_of("a-" + std::to_string(++last)).event("e").event("f")});
      must_commit(*store, set);
      reached.push_back({must(store->head()).position, set.commit});
    }
  }

  /// Copies page by page as SQLite's shell does for `.backup`; after the first a commit comes between.
  void copy_by_page() {
    sqlite3* from = nullptr;
    sqlite3* to = nullptr;
    sqlite3_open(file().c_str(), &from);
    sqlite3_open(copy().c_str(), &to);
    auto* const backup = sqlite3_backup_init(to, "main", from, "main");
    BOOST_REQUIRE(backup);
    int code = sqlite3_backup_step(backup, 1);
    commit(1);
    while (code == SQLITE_OK)
      code = sqlite3_backup_step(backup, 1);
    BOOST_TEST(code == SQLITE_DONE);
    sqlite3_backup_finish(backup);
    sqlite3_close(from);
    sqlite3_close(to);
  }

  auto copy() const -> std::filesystem::path { return directory / "copy.db"; }

  sequential_ids ids;
  std::shared_ptr<event_store> store = must(open({}));
  std::vector<checkpoint> reached; ///< by each commit
  int last = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(backups, backed_up_file)

BOOST_AUTO_TEST_CASE(a_copy_made_while_a_program_writes_is_a_whole_store) {
  commit(50);
  copy_by_page();
  commit(1);
  const auto restored = must(sqlite::open(copy()));
  BOOST_TEST(must(restored->find_damage()).empty());
  BOOST_TEST(must(restored->head()).position.value == 102U);
  must_commit(*restored, write_of(ids, {stream_of("b-1").event("e")}));
}

BOOST_AUTO_TEST_CASE(a_compact_copy_is_a_whole_store_also_for_reading) {
  commit(50);
  run(("VACUUM INTO '" + copy().string() + "'").c_str());
  commit(1);
  for (const bool read_only : {true, false}) {
    const auto restored = must(sqlite::open(copy(), {{.read_only = read_only}}));
    BOOST_TEST(must(restored->find_damage()).empty());
    BOOST_TEST(must(restored->head()).position.value == 100U);
  }
}

// A read model elsewhere has seen more than the restored log holds, or something else at its position.
BOOST_AUTO_TEST_CASE(a_restored_backup_is_told_to_whoever_has_read_further) {
  commit(2);
  must(store->save_checkpoint("within", reached[0]));
  run(("VACUUM INTO '" + copy().string() + "'").c_str());
  commit(2);
  must(store->save_checkpoint("within", reached[3]));
  store.reset();
  std::filesystem::rename(copy(), file());
  store = must(open({}));
  BOOST_CHECK(must(store->load_checkpoint("within")) == reached[0]);
  must_fail(store->save_checkpoint("elsewhere", reached[3]), errc::log_rewound, "position 8");
  commit(2);
  must_fail(store->save_checkpoint("elsewhere", reached[3]), errc::log_rewound, "position 8");
  must(store->save_checkpoint("elsewhere", reached[1]));
}

// Fails when the program goes on writing to the file that is at no path any more.
BOOST_AUTO_TEST_CASE(a_file_that_is_replaced_under_a_running_program_takes_no_more) {
  commit(2);
  run(("VACUUM INTO '" + copy().string() + "'").c_str());
  commit(1);
  std::filesystem::rename(copy(), file());
  const auto set = write_of(ids, {stream_of("b-1").event("e")});
  must_fail(*store, set, errc::log_rewound,
            file().string() + " was moved, removed or replaced while this program had it open");
  must_fail(store->save_checkpoint("mail", reached[0]), errc::log_rewound, "nothing was written");
  must_fail(store->find_commit(set, {}), errc::log_rewound);
  store.reset();
  std::filesystem::remove(file().string() + "-wal");
  std::filesystem::remove(file().string() + "-shm");
  const auto restored = must(open({}));
  BOOST_TEST(must(restored->head()).position.value == 4U);
  must_commit(*restored, set);
}

BOOST_AUTO_TEST_CASE(who_follows_the_log_of_a_file_that_is_replaced_is_told) {
  commit(2);
  run(("VACUUM INTO '" + copy().string() + "'").c_str());
  const auto reading = must(open({.read_only = true}));
  auto followed = must(subscribe(*reading, {.from = from_now{}}));
  BOOST_TEST(must(followed.next(std::chrono::milliseconds{0})).events.empty());
  std::filesystem::rename(copy(), file());
  must_fail(followed.next(std::chrono::milliseconds{100}), errc::log_rewound,
            "was moved, removed or replaced while this program had it open");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_removed_under_a_running_program_takes_no_more) {
  commit(1);
  std::filesystem::remove(file());
  must_fail(*store, write_of(ids, {stream_of("b-1").event("e")}), errc::log_rewound,
            "was moved, removed or replaced");
  BOOST_TEST(!std::filesystem::exists(file()));
}

BOOST_AUTO_TEST_SUITE_END()
