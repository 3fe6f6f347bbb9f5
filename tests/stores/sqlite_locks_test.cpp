#include "stores/sqlite_backend.hpp"

#include "eventcore/detail/fifo_lock.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <atomic>
#include <barrier>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// Who waits for whom: inside one store, and between programs that share a file.

namespace {

/// Another program's connection.
class stranger {
public:
  explicit stranger(const std::filesystem::path& file) {
    sqlite3_open(file.c_str(), &on_);
    run("SELECT count(*) FROM events"); // so that it knows the file
  }
  stranger(const stranger&) = delete;
  auto operator=(const stranger&) -> stranger& = delete;
  ~stranger() { sqlite3_close(on_); }

  void run(const char* sql) {
    BOOST_REQUIRE(sqlite3_exec(on_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }

private:
  sqlite3* on_ = nullptr;
};

struct shared_file : sqlite_backend {
  auto open_for(std::chrono::milliseconds busy_timeout) -> std::shared_ptr<event_store> {
    store_settings settings;
    settings.busy_timeout = busy_timeout;
    return must(open(settings));
  }

  sequential_ids ids;
};

constexpr std::chrono::seconds patient{60};

} // namespace

BOOST_FIXTURE_TEST_SUITE(locks, shared_file)

BOOST_AUTO_TEST_CASE(a_store_that_waited_too_long_says_so_and_wrote_nothing) {
  const auto store = open_for(std::chrono::milliseconds{40});
  stranger other{file()};
  other.run("BEGIN IMMEDIATE");
  const auto set = write_of(ids, {stream_of("a-1").event("e")});
  const auto failed =
    must_fail(*store, set, errc::store_unavailable,
              "another process has held the write lock of " + file().string() + " for 4");
  BOOST_TEST(failed.detail.contains(" ms; nothing was written"));
  BOOST_TEST(!failed.detail.contains("database is locked"));
  BOOST_TEST(is_retriable(failed.code));
  must_fail(store->save_checkpoint("mail", {}), errc::store_unavailable, "has held the write lock");
  must_fail(store->find_commit(set, {}), errc::store_unavailable, "has held the write lock");
  other.run("ROLLBACK");
  must_commit(*store, set);
}

BOOST_AUTO_TEST_CASE(a_store_waits_for_a_lock_that_is_given_back) {
  const auto store = open_for(patient);
  stranger other{file()};
  other.run("BEGIN IMMEDIATE");
  std::latch begun{1};
  append_outcome outcome;
  std::jthread writer{[&] {
    begun.count_down();
    outcome = store->append(write_of(ids, {stream_of("a-1").event("e")}));
  }};
  begun.wait();
  other.run("ROLLBACK");
  writer.join();
  must_be<committed>(outcome);
}

BOOST_AUTO_TEST_CASE(opening_waits_for_the_lock_and_says_when_it_was_too_long) {
  open_for(patient).reset();
  stranger other{file()};
  other.run("BEGIN EXCLUSIVE");
  store_settings settings;
  settings.busy_timeout = std::chrono::milliseconds{40};
  must_fail(open(settings), errc::store_unavailable, "another process has held the write lock");
  other.run("ROLLBACK");
  must(open(settings));
}

BOOST_AUTO_TEST_CASE(reading_does_not_wait_for_a_writer) {
  const auto store = open_for(std::chrono::milliseconds{0});
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
  stranger other{file()};
  other.run("BEGIN IMMEDIATE");
  BOOST_TEST(read_all(*store, "a-1").events.size() == 1U);
  BOOST_TEST(must(store->head()).position.value == 1U);
  other.run("ROLLBACK");
}

BOOST_AUTO_TEST_CASE(writing_does_not_wait_for_a_reader) {
  const auto store = open_for(std::chrono::milliseconds{0});
  stranger other{file()};
  other.run("BEGIN; SELECT count(*) FROM events");
  for (int i = 0; i < 10; ++i)
    must_commit(*store, write_of(ids, {stream_of("a-" + std::to_string(i)).event("e")}));
  other.run("COMMIT");
}

// The second write set of ours builds on the first, a stranger's comes between: a check of versions
// alone would let it pass.
BOOST_AUTO_TEST_CASE(
  a_stranger_who_commits_first_is_noticed_by_the_commit_and_not_only_the_version) {
  const auto ours = open_for(patient);
  const auto theirs = open_for(patient);
  const auto first = write_of(ids, {stream_of("a-1").event("ours")});
  const auto second = write_of(ids, {stream_of("a-1").at(head_after(first, "a-1")).event("ours")});
  const auto strange = write_of(ids, {stream_of("a-1").event("theirs")});
  must_commit(*theirs, strange);
  const std::vector batch{first, second};
  const auto outcomes = ours->append(batch);
  must_be<refused>(outcomes[0]);
  const auto& misfit = must_be<refused>(outcomes[1]).streams.front();
  BOOST_CHECK(misfit.found == head_after(strange, "a-1"));
  BOOST_CHECK(misfit.expected.version == misfit.found.version);
}

BOOST_AUTO_TEST_CASE(two_stores_on_one_file_write_in_turn_and_lose_nothing) {
  constexpr int each = 200;
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> programs;
    for (int program = 0; program < 3; ++program)
      programs.emplace_back([&, program] {
        const auto store = open_for(patient);
        for (int i = 0; i < each; ++i) {
          const auto set =
            write_of(ids, {stream_of(fmt::format("a-{}-{}", program, i)).event("e")});
          if (!std::holds_alternative<committed>(store->append(set)))
            ++failures;
        }
      });
  }
  BOOST_TEST(failures == 0);
  const auto store = open_for(patient);
  BOOST_TEST(must(store->head()).position.value == 3U * each);
  BOOST_TEST(must(store->find_damage()).empty());
}

BOOST_AUTO_TEST_CASE(more_threads_than_readers_all_read) {
  sqlite::sqlite_settings settings;
  settings.readers = 2;
  const auto store = must(sqlite::open(file(), settings));
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
  std::atomic<int> failures = 0;
  std::barrier together{8};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        together.arrive_and_wait();
        for (int n = 0; n < 100; ++n)
          if (!store->read({.stream = stream_id::trusted("a-1")}) || !store->head())
            ++failures;
      });
  }
  BOOST_TEST(failures == 0);
}

// Fails with std::mutex, where whoever comes last may go first.
BOOST_AUTO_TEST_CASE(the_lock_serves_its_callers_in_the_order_they_came) {
  detail::fifo_lock lock;
  std::vector<int> served;
  constexpr int callers = 20;
  std::vector<std::jthread> threads;
  lock.lock();
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&, i] {
      const std::lock_guard guard{lock};
      served.push_back(i);
    });
    while (lock.waiting() != static_cast<std::size_t>(i) + 1)
      std::this_thread::yield();
  }
  lock.unlock();
  threads.clear();
  BOOST_TEST(served.size() == static_cast<std::size_t>(callers));
  BOOST_TEST(std::ranges::is_sorted(served));
}

BOOST_AUTO_TEST_SUITE_END()
