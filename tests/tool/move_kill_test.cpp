#include "examples/program.hpp"
#include "support/orders.hpp"
#include "transfer/sample_log.hpp"

#include "eventcore/stores/sqlite.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"
#include "eventcore/transfer/archive_file.hpp"
#include "eventcore/transfer/log_file.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace eventcore;
using namespace eventcore::testing;
using namespace sample;

// The program is killed at random moments while it moves a log, and started again, until it is done.

namespace {

/// Runs a command until it ends by itself or has done its work, and kills it a random while after
/// each start, later each time. How often it was killed.
class siege {
public:
  siege() { std::cout << "EVENTCORE_SEED=" << seed_ << '\n'; }

  auto run(const std::vector<std::string>& arguments, const std::function<bool()>& is_done) -> int {
    for (int kills = 0;; ++kills) {
      program::running started{arguments};
      std::uniform_int_distribution<int> moment{0, 5'000 * (kills + 1)};
      const auto at = clock::now() + std::chrono::microseconds{moment(random_)};
      while (clock::now() < at)
        std::this_thread::yield();
      started.kill();
      const auto ended = started.wait();
      const bool done = is_done();
      if (ended.signal == 0)
        BOOST_REQUIRE_MESSAGE(ended.code == 0, ended.err);
      if (ended.signal == 0 || done)
        return kills;
    }
  }

private:
  using clock = std::chrono::steady_clock;

  std::uint64_t seed_ = support::test_seed();
  std::mt19937_64 random_{seed_};
};

auto url_of(const std::filesystem::path& file) -> std::string { return "sqlite:" + file.string(); }

/// A SQLite file with closed and open streams; which payload is where.
struct closed_streams {
  explicit closed_streams(const std::filesystem::path& file) : store{must(sqlite::open(file))} {
    sequential_ids ids;
    for (int i = 0; i < 300; ++i) {
      auto stream = stream_of(fmt::format("order-{}", i));
      for (int k = 0; k < 100; ++k)
        stream.event("paid", fmt::format(R"({{"n":{},"text":"{}"}})", k, std::string(100, 'x')));
      if (i % 10 != 0)
        stream.event(std::string{closed_event});
      must_commit(*store, write_of(ids, {stream}));
    }
  }

  std::shared_ptr<event_store> store;
};

constexpr std::uint64_t closed_payloads = 270 * 100;

auto missing(event_store& store) -> std::uint64_t {
  std::uint64_t count = 0;
  for (read_log query;;) {
    const auto page = must(store.read(query));
    count += static_cast<std::uint64_t>(
      std::ranges::count(page.events, encoding::archived, &recorded_event::encoding));
    if (page.complete)
      return count;
    query.after = page.through;
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(killed_moves)

BOOST_AUTO_TEST_CASE(an_export_that_is_killed_is_repeated_and_equal) {
  for (const auto* name : {"log.jsonl", "log.jsonl.gz", "log.jsonl.zst"}) {
    const folder here;
    const auto store = must(sqlite::open(here / "store.db"));
    write_odd_events(*store);
    write_many(*store, 40'000, 500);
    const auto file = here / name;
    siege around;
    const auto kills =
      around.run({"export", file.string(), "--store", url_of(here / "store.db")}, [&] {
        const bool done = std::filesystem::exists(file);
        BOOST_TEST((!done || verify_export(file).has_value()));
        return done;
      });
    BOOST_TEST(kills > 1);
    must(export_log(*store, here / "again.jsonl"));
    const auto copy = empty_store();
    must(import_log(file, *copy));
    must(export_log(*copy, here / "copy.jsonl"));
    BOOST_TEST((read_file(here / "copy.jsonl") == read_file(here / "again.jsonl")));
  }
}

BOOST_AUTO_TEST_CASE(an_import_that_is_killed_is_repeated_and_whole) {
  const folder here;
  const auto store = full_store(40'000);
  must(export_log(*store, here / "log.jsonl.zst"));
  const auto database = here / "store.db";
  siege around;
  const auto kills =
    around.run({"import", (here / "log.jsonl.zst").string(), "--store", url_of(database)},
               [] { return false; });
  BOOST_TEST(kills > 1);
  const auto copy = must(sqlite::open(database));
  BOOST_TEST(must(copy->maintenance().restoring()) == "");
  BOOST_TEST(must(copy->find_damage()).empty());
  must(export_log(*store, here / "one.jsonl"));
  must(export_log(*copy, here / "two.jsonl"));
  BOOST_TEST((read_file(here / "one.jsonl") == read_file(here / "two.jsonl")));
}

// Whatever is not in the store is in a whole archive, at every moment.
BOOST_AUTO_TEST_CASE(archiving_that_is_killed_loses_no_payload) {
  const folder here;
  const closed_streams with{here / "store.db"};
  const auto before = described(*with.store);
  const auto file = here / "old.jsonl.zst";
  siege around;
  const auto count = [&] {
    const auto gone = missing(*with.store);
    BOOST_TEST_CONTEXT(gone << " payloads are gone")
    if (gone > 0)
      BOOST_TEST(must(verify_archive(file)).events == closed_payloads);
    return gone;
  };
  const auto kills = around.run({"archive", "--before", "9999-01-01", "--to", file.string(),
                                 "--yes", "--store", url_of(here / "store.db")},
                                [&] { return count() == closed_payloads; });
  BOOST_TEST(kills > 1);
  BOOST_TEST(missing(*with.store) == closed_payloads);
  BOOST_TEST(must(with.store->find_damage()).empty());
  around.run({"restore", file.string(), "--store", url_of(here / "store.db")}, [&] {
    return count() == 0 && must(with.store->maintenance().list_archives()).empty();
  });
  BOOST_TEST((described(*with.store) == before));
  BOOST_TEST(must(with.store->find_damage()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
