#include "stores/sqlite_backend.hpp"
#include "support/faulty_vfs.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <variant>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using support::faulty_disk;

// What the store says and keeps when the disk fails, down to the loss of all that was not synced.

namespace {

using call = faulty_disk::call;
using place = faulty_disk::file;

struct on_faulty_disk {
  auto open(std::size_t wal_bytes = 16 * 1024 * 1024) -> std::shared_ptr<event_store> {
    sqlite::sqlite_settings settings;
    settings.wal_bytes = wal_bytes;
    settings.wal_age = std::chrono::hours{24}; // copies at times of their own would be counted
    return must(sqlite::open(backend.file(), settings));
  }

  /// What a crash of the machine leaves of a store that has nobody else.
  auto crash_and_open(std::shared_ptr<event_store> store) -> std::shared_ptr<event_store> {
    disk.cut_power();
    store.reset();
    disk.restore_power();
    return open();
  }

  /// Commits a write set whose sync fails, and lets the fence behind it fail in writing, so that its
  /// frames stay in the log.
  auto leave_unconfirmed(event_store& store) -> write_set {
    disk.take_count(call::write, place::log);
    must_commit(store, write_of(ids, {stream_of("b-1").event("e")}));
    const auto writes = disk.take_count(call::write, place::log);
    disk.fail({.call = call::sync, .file = place::log, .code = SQLITE_IOERR_FSYNC});
    disk.fail(
      {.call = call::write, .file = place::log, .code = SQLITE_IOERR_WRITE, .skip = writes});
    auto set = write_of(ids, {stream_of("b-2").event("e")});
    must_fail(store, set, errc::outcome_unknown, "it may or may not be there");
    disk.heal();
    return set;
  }

  faulty_disk disk;
  sqlite_backend backend;
  sequential_ids ids;
};

// How many events of `set` are in the log.
auto count_in_log(event_store& store, const write_set& set) -> std::size_t {
  const auto page = read_log_of(store);
  return static_cast<std::size_t>(
    std::ranges::count(page.events, set.commit, &recorded_event::commit));
}

auto one_event(id_source& ids, std::string_view stream) -> write_set {
  return write_of(ids, {stream_of(stream).event("e")});
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(faults, on_faulty_disk)

// -- what is synced -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_commit_syncs_the_log_once_before_it_is_told) {
  const auto store = open();
  must_commit(*store, one_event(ids, "a-1"));
  disk.take_count(call::sync, place::log);
  must_commit(*store, one_event(ids, "a-2"));
  BOOST_TEST(disk.take_count(call::sync, place::log) == 1);
}

BOOST_AUTO_TEST_CASE(an_answer_writes_nothing) {
  const auto store = open();
  disk.take_count(call::write, place::log);
  must_commit(*store, write_of(ids, {stream_of("a-1")}));
  BOOST_TEST(disk.take_count(call::write, place::log) == 0);
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_not_synced_and_the_next_commit_is) {
  const auto store = open();
  must_commit(*store, one_event(ids, "a-1"));
  const auto keep = [&] {
    return must(store->save_snapshot(
      {stream_id::trusted("a-1"), "a", "v1", head_of(*store, "a-1"), "state"}));
  };
  disk.take_count(call::sync, place::any);
  disk.take_count(call::sync, place::log);
  BOOST_TEST(keep());
  BOOST_TEST(disk.take_count(call::sync, place::any) == 0);
  must_commit(*store, one_event(ids, "a-2"));
  BOOST_TEST(disk.take_count(call::sync, place::log) == 1);
  BOOST_TEST(keep());
  disk.take_count(call::sync, place::log);
  const auto head = must(store->head());
  must(store->save_checkpoint("mail", {head.position, head.commit}));
  BOOST_TEST(disk.take_count(call::sync, place::log) == 1);
}

// What a failed commit left in the log must be overwritten for good before anything is told.
BOOST_AUTO_TEST_CASE(a_snapshot_behind_an_unconfirmed_commit_is_synced) {
  const auto store = open();
  must_commit(*store, one_event(ids, "a-1"));
  leave_unconfirmed(*store);
  disk.take_count(call::sync, place::log);
  BOOST_TEST(must(
    store->save_snapshot({stream_id::trusted("a-1"), "a", "v1", head_of(*store, "a-1"), "state"})));
  BOOST_TEST(disk.take_count(call::sync, place::log) == 1);
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_cannot_be_written_leaves_a_store_that_syncs) {
  const auto store = open();
  must_commit(*store, one_event(ids, "a-1"));
  disk.fail({.call = call::write, .file = place::log, .code = SQLITE_IOERR_WRITE, .times = 100});
  BOOST_TEST(
    !store->save_snapshot({stream_id::trusted("a-1"), "a", "v1", head_of(*store, "a-1"), "state"}));
  disk.heal();
  disk.take_count(call::sync, place::log);
  must_commit(*store, one_event(ids, "a-2"));
  BOOST_TEST(disk.take_count(call::sync, place::log) == 1);
}

// -- power cuts ---------------------------------------------------------------

// Fails when a commit is not synced after a snapshot that was not.
BOOST_AUTO_TEST_CASE(a_power_cut_loses_nothing_that_was_told_between_snapshots) {
  for (int calls = 0; calls < 60; ++calls) {
    disk.flip_coins(static_cast<std::uint64_t>(calls));
    sqlite_backend database;
    auto store = must(sqlite::open(database.file()));
    std::vector<write_set> told;
    disk.cut_power(calls);
    for (int i = 0; i < 40; ++i) {
      const auto name = "a-" + std::to_string(i);
      const auto set = one_event(ids, name);
      if (!std::holds_alternative<committed>(store->append(set)))
        break;
      told.push_back(set);
      static_cast<void>(store->save_snapshot(
        {stream_id::trusted(name), "a", "v1", head_after(set, name), "state"}));
    }
    store.reset();
    disk.restore_power();
    store = must(sqlite::open(database.file()));
    BOOST_TEST_CONTEXT("cut after " << calls << " calls, " << told.size() << " told") {
      for (const auto& set : told)
        BOOST_TEST(count_in_log(*store, set) == 1U);
      BOOST_TEST(must(store->find_damage()).empty());
    }
  }
}

// Fails with synchronous=NORMAL: what was told is lost then.
BOOST_AUTO_TEST_CASE(a_power_cut_loses_nothing_that_was_told_and_keeps_no_half) {
  for (int calls = 0; calls < 80; ++calls) {
    disk.flip_coins(static_cast<std::uint64_t>(calls));
    sqlite_backend database;
    sqlite::sqlite_settings settings;
    settings.wal_bytes = 1; // copies into the database file as often as it can
    auto store = must(sqlite::open(database.file(), settings));
    std::vector<write_set> told;
    disk.cut_power(calls);
    write_set cut;
    for (int i = 0; cut.events.empty() && i < 100; ++i) {
      const auto number = std::to_string(i);
      auto set = write_of(ids, {stream_of("from-" + number).event("taken").event("noted"),
                                stream_of("to-" + number).event("given")});
      set.request = request{must(request_id::of("move/" + number)), {}};
      if (std::holds_alternative<committed>(store->append(set)))
        told.push_back(set);
      else
        cut = set;
    }
    store.reset();
    disk.restore_power();

    store = must(sqlite::open(database.file()));
    BOOST_TEST_CONTEXT("cut after " << calls << " calls, " << told.size() << " were told") {
      for (const auto& set : told) {
        BOOST_TEST(count_in_log(*store, set) == 3U);
        BOOST_CHECK(std::holds_alternative<duplicate>(store->append(set)));
      }
      const auto left = count_in_log(*store, cut);
      BOOST_CHECK(left == 0U || left == 3U);
      BOOST_TEST(must(store->head()).position.value == told.size() * 3 + left);
      BOOST_TEST(must(store->find_damage()).empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_power_cut_while_the_database_is_made_leaves_one_that_opens) {
  for (int calls = 0; calls < 60; ++calls) {
    disk.flip_coins(static_cast<std::uint64_t>(calls));
    sqlite_backend database;
    disk.cut_power(calls);
    {
      const auto unused = sqlite::open(database.file());
    }
    disk.restore_power();
    BOOST_TEST_CONTEXT("cut after " << calls << " calls") {
      const auto store = must(sqlite::open(database.file()));
      must_commit(*store, one_event(ids, "a-1"));
      BOOST_TEST(must(store->find_damage()).empty());
    }
  }
}

// -- a full disk --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_full_disk_fails_the_write_set_and_the_store_goes_on_when_there_is_room) {
  const auto store = open();
  must_commit(*store, one_event(ids, "a-0"));
  for (int skip = 0; skip < 6; ++skip) {
    const auto set = one_event(ids, "a-" + std::to_string(skip + 1));
    disk.fail({.call = call::write, .file = place::log, .code = SQLITE_FULL, .skip = skip});
    const auto failed = must_fail(*store, set, errc::store_unavailable, "the disk that holds");
    BOOST_TEST(failed.detail.contains(backend.file().string()));
    BOOST_TEST(failed.detail.contains("is full; nothing was written, free some space"));
    BOOST_TEST(count_in_log(*store, set) == 0U);
    must_commit(*store, set);
    disk.heal();
  }
  BOOST_TEST(must(store->find_damage()).empty());
}

// Fails when such a write is taken for an unknown outcome: there is no room to rule it out.
BOOST_AUTO_TEST_CASE(a_disk_that_stays_full_has_certainly_taken_nothing) {
  const auto store = open();
  must_commit(*store, one_event(ids, "a-1"));
  const auto set = one_event(ids, "a-2");
  disk.fail({.call = call::write, .file = place::log, .code = SQLITE_FULL, .times = 1000});
  must_fail(*store, set, errc::store_unavailable, "is full; nothing was written");
  must_fail(store->save_checkpoint("mail", {}), errc::store_unavailable, "is full");
  disk.heal();
  must_commit(*store, set);
}

BOOST_AUTO_TEST_CASE(what_failed_on_a_full_disk_does_not_come_back_after_a_crash) {
  for (int skip = 0; skip < 12; ++skip) {
    disk.keep_unsynced();
    auto store = open();
    const auto set = one_event(ids, "a-" + std::to_string(skip));
    disk.fail({.call = call::write, .file = place::log, .code = SQLITE_IOERR_WRITE, .skip = skip});
    const auto outcome = store->append(set);
    disk.heal();
    const auto wanted = std::holds_alternative<committed>(outcome) ? 1U : 0U;
    store = crash_and_open(std::move(store));
    BOOST_TEST(count_in_log(*store, set) == wanted);
  }
}

// -- a sync that fails --------------------------------------------------------

// Fails without the fence: the frames of the failed commit lie in the log behind the last valid one,
// and recovery takes them for committed.
BOOST_AUTO_TEST_CASE(a_write_set_that_was_ruled_out_never_comes_back) {
  for (const bool kept : {false, true}) {
    kept ? disk.keep_unsynced() : disk.lose_unsynced();
    auto store = open();
    must_commit(*store, one_event(ids, kept ? "b-1" : "b-2")); // a new log syncs its header first
    const auto set = one_event(ids, kept ? "a-1" : "a-2");
    disk.fail({.call = call::sync, .file = place::log, .code = SQLITE_IOERR_FSYNC});
    must_fail(*store, set, errc::store_unavailable, "nothing was written");
    store = crash_and_open(std::move(store));
    BOOST_TEST(count_in_log(*store, set) == 0U);
    must_commit(*store, set);
  }
}

BOOST_AUTO_TEST_CASE(while_the_disk_confirms_nothing_the_outcome_is_unknown) {
  const auto store = open();
  const auto set = one_event(ids, "a-1");
  disk.fail({.call = call::sync, .file = place::log, .code = SQLITE_IOERR_FSYNC, .times = 1000});
  const auto failed = must_fail(*store, set, errc::outcome_unknown, "it may or may not be there");
  BOOST_TEST(failed.detail.contains("same request id"));
  must_fail(store->find_commit(set, {}), errc::outcome_unknown, "it may or may not be there");
  disk.heal();
  BOOST_CHECK(!must(store->find_commit(set, {})));
  must_commit(*store, set);
}

// Fails when find_commit answers without a fence of its own.
BOOST_AUTO_TEST_CASE(a_no_to_the_question_for_an_unknown_commit_is_final) {
  disk.keep_unsynced();
  auto store = open();
  const auto set = leave_unconfirmed(*store);
  BOOST_CHECK(!must(store->find_commit(set, {})));
  store = crash_and_open(std::move(store));
  BOOST_TEST(count_in_log(*store, set) == 0U);
}

BOOST_AUTO_TEST_CASE(an_unknown_commit_that_survived_a_crash_is_found) {
  disk.keep_unsynced();
  auto store = open();
  const auto set = leave_unconfirmed(*store);
  store = crash_and_open(std::move(store));
  BOOST_TEST(count_in_log(*store, set) == 1U);
  const auto found = must(store->find_commit(set, {}));
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->first.value == 2U);
  BOOST_TEST(found->count == 1U);
  BOOST_CHECK((found->streams == std::vector{written_stream{set.reads[0].stream, {1}}}));
}

BOOST_AUTO_TEST_CASE(an_unknown_commit_that_did_not_survive_a_crash_is_not_found) {
  disk.lose_unsynced();
  auto store = open();
  const auto set = leave_unconfirmed(*store);
  store = crash_and_open(std::move(store));
  BOOST_CHECK(!must(store->find_commit(set, {})));
  must_commit(*store, set);
}

// Fails when a new connection is not asked for the last commit that was told.
BOOST_AUTO_TEST_CASE(a_writer_that_connects_anew_notices_an_older_file) {
  const auto store = open();
  must_commit(*store, one_event(ids, "a-1"));
  const auto copy = backend.directory / "copy.db";
  backend.run(("VACUUM INTO '" + copy.string() + "'").c_str());
  leave_unconfirmed(*store); // gives its connection up
  std::filesystem::rename(copy, backend.file());
  std::filesystem::remove(backend.file().string() + "-wal");
  std::filesystem::remove(backend.file().string() + "-shm");
  must_fail(*store, one_event(ids, "c-1"), errc::log_rewound,
            "at position 2, which this program wrote: an older file took its place");
}

BOOST_AUTO_TEST_CASE(no_outcome_of_a_batch_is_told_when_its_commit_failed) {
  const auto store = open();
  const std::vector batch{one_event(ids, "a-1"), one_event(ids, "a-1"),
                          write_of(ids, {stream_of("a-2")})};
  disk.fail({.call = call::write, .file = place::log, .code = SQLITE_FULL});
  for (const auto& outcome : store->append(batch))
    BOOST_CHECK(must_be<failure>(outcome).code == errc::store_unavailable);
  const auto again = store->append(batch);
  must_be<committed>(again[0]);
  must_be<refused>(again[1]);
  must_be<committed>(again[2]);
}

// -- copying the log into the database file -----------------------------------

BOOST_AUTO_TEST_CASE(a_database_file_that_cannot_be_written_fails_no_commit) {
  const auto store = open(1);
  disk.fail(
    {.call = call::write, .file = place::database, .code = SQLITE_IOERR_WRITE, .times = 1'000'000});
  for (int i = 0; i < 200; ++i)
    must_commit(*store, one_event(ids, "a-" + std::to_string(i)));
  disk.heal();
  BOOST_TEST(must(store->find_damage()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
