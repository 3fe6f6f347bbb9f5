#include "stores/sqlite_backend.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// The write-ahead log is copied into the database file beside the commits.

namespace {

struct logged_file : sqlite_backend {
  auto open_with(std::size_t wal_bytes) -> std::shared_ptr<event_store> {
    sqlite::sqlite_settings settings;
    settings.wal_bytes = wal_bytes;
    settings.wal_age = std::chrono::hours{24};
    return must(sqlite::open(file(), settings));
  }

  auto wal_size() const -> std::uintmax_t {
    return std::filesystem::file_size(file().string() + "-wal");
  }

  sequential_ids ids;
};

constexpr std::size_t wal_bytes = 256 * 1024;
constexpr int commits = 4'000; // each writes some 20 KiB: 80 MiB altogether

} // namespace

// Fails when the log only is copied and never starts again: it grows to the size of all commits.
BOOST_FIXTURE_TEST_CASE(the_log_stays_small_under_constant_writing_and_reading, logged_file) {
  const auto store = open_with(wal_bytes);
  std::atomic<bool> done = false;
  std::atomic<int> failures = 0;
  std::uintmax_t largest = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 2; ++i)
      readers.emplace_back([&] {
        while (!done)
          if (!store->read(read_log{.page = {.events = 100}}))
            ++failures;
      });
    for (int i = 0; i < commits; ++i) {
      must_commit(*store, write_of(ids, {stream_of("a-" + std::to_string(i)).event("e")}));
      largest = std::max(largest, wal_size());
    }
    done = true;
  }
  BOOST_TEST(failures == 0);
  BOOST_TEST(largest < 32 * wal_bytes);
}

BOOST_FIXTURE_TEST_CASE(a_program_that_ends_leaves_everything_in_the_database_file, logged_file) {
  {
    const auto store = open_with(std::size_t{1} << 30);
    for (int i = 0; i < 50; ++i)
      must_commit(*store, write_of(ids, {stream_of("a-" + std::to_string(i)).event("e")}));
    BOOST_TEST(wal_size() > 500'000U);
  }
  BOOST_TEST(!std::filesystem::exists(file().string() + "-wal"));
  BOOST_TEST(must(must(open({}))->head()).position.value == 50U);
}
