#include "stores/sqlite_backend.hpp"
#include "support/child.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
namespace fs = std::filesystem;

// A disk that is really full, and a program that may write no more: a failure that says so, nothing
// half, and the store goes on once there is room.

namespace {

auto large(id_source& ids, int number) -> write_set {
  return write_of(
    ids,
    {stream_of(fmt::format("a-{}", number)).event("e", "\"" + std::string(200'000, 'x') + "\"")});
}

// Appends until it fails; how many were committed.
auto append_until_full(event_store& store, id_source& ids, failure& failed) -> int {
  for (int i = 0; i < 1000; ++i) {
    const auto outcome = store.append(large(ids, i));
    if (const auto* error = std::get_if<failure>(&outcome)) {
      failed = *error;
      return i;
    }
    must_be<committed>(outcome);
  }
  throw std::runtime_error{"the disk never was full"};
}

void check_full(event_store& store, int told, const failure& failed) {
  check(failed.code == errc::store_unavailable, failed.text());
  check(failed.detail.contains("nothing was written"), failed.text());
  check_equal(must(store.head()).position.value, static_cast<std::uint64_t>(told), "the log head");
  check(must(store.find_damage()).empty(), "no damage");
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_full_disk_is_told_and_survived, sqlite_backend) {
  const support::small_disk disk{directory / "disk", 6 * 1024 * 1024};
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a file system");
    return;
  }
  // Room that is given back later.
  const auto ballast = disk.path() / "ballast";
  {
    std::ofstream{ballast} << std::string(1024 * 1024, 'x');
  }
  sequential_ids ids;
  failure failed{errc::not_found, ""};
  const auto store = must(sqlite::open(disk.path() / "store.db"));
  const auto told = append_until_full(*store, ids, failed);
  BOOST_TEST(told > 2);
  BOOST_TEST(failed.detail.contains("is full; nothing was written, free some space, then retry"));
  check_full(*store, told, failed);

  fs::remove(ballast);
  must_commit(*store, large(ids, told));
  check_full(*store, told + 1, failed);
}

BOOST_FIXTURE_TEST_CASE(a_store_on_a_full_disk_opens_again, sqlite_backend) {
  const support::small_disk disk{directory / "disk", 6 * 1024 * 1024};
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a file system");
    return;
  }
  const auto ballast = disk.path() / "ballast";
  {
    std::ofstream{ballast} << std::string(1024 * 1024, 'x');
  }
  sequential_ids ids;
  failure failed{errc::not_found, ""};
  const auto file = disk.path() / "store.db";
  const auto told = append_until_full(*must(sqlite::open(file)), ids, failed);
  fs::remove(ballast);
  const auto store = must(sqlite::open(file));
  check_full(*store, told, failed);
  must_commit(*store, large(ids, told));
}

BOOST_FIXTURE_TEST_CASE(a_limit_on_the_size_of_files_is_told_and_survived, sqlite_backend) {
  support::child limited{[&](const auto& say, const auto&) {
    std::signal(SIGXFSZ, SIG_IGN); // a write past the limit fails instead
    sequential_ids ids;
    failure failed{errc::not_found, ""};
    const auto store = must(sqlite::open(file()));
    const auto set_limit = [](rlim_t bytes) {
      const rlimit limit{bytes, RLIM_INFINITY};
      check(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "the limit is set");
    };
    set_limit(4 * 1024 * 1024);
    const auto told = append_until_full(*store, ids, failed);
    check_full(*store, told, failed);
    set_limit(RLIM_INFINITY);
    must_commit(*store, large(ids, told));
    check_full(*store, told + 1, failed);
    say("well");
  }};
  BOOST_TEST(limited.hear() == "well");
  BOOST_TEST(must(must(open({}))->find_damage()).empty());
}
