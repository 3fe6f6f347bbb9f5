#include "stores/postgres_backend.hpp"
#include "support/child.hpp"
#include "support/wait_until.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
namespace fs = std::filesystem;

// A disk of the server that is really full: a failure that says so, nothing half, and the store goes
// on once there is room.

namespace {

void let_anybody_enter(const fs::path& folder) {
  using enum fs::perms;
  fs::permissions(folder, owner_all | group_exec | others_exec, fs::perm_options::add);
}

struct small_server {
  small_server() {
    auto pattern = (fs::temp_directory_path() / "eventcore-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
      throw std::runtime_error{"no directory for the test's disk"};
    directory = pattern;
    let_anybody_enter(directory);
  }

  ~small_server() {
    std::error_code ignored;
    fs::remove_all(directory, ignored);
  }

  /// An event whose payload cannot be compressed.
  auto large(int number) -> write_set {
    std::string noise;
    for (int i = 0; i < 300'000; ++i)
      noise += static_cast<char>(random());
    return write_of(ids, {stream_of(fmt::format("a-{}", number)).bytes("e", noise)});
  }

  /// Appends until it fails, then says how often it was told a commit.
  auto append_until_full(event_store& store, std::optional<failure>& failed) -> int {
    for (int i = 0; i < 2000; ++i) {
      const auto outcome = store.append(large(i));
      if (const auto* error = std::get_if<failure>(&outcome)) {
        failed = *error;
        return i;
      }
      must_be<committed>(outcome);
    }
    throw std::runtime_error{"the disk never was full"};
  }

  fs::path directory;
  sequential_ids ids;
  std::mt19937 random{5};
};

void leave_ballast(const fs::path& file, std::size_t bytes) {
  std::ofstream{file} << std::string(bytes, 'x');
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(full_disk, small_server)

// The tables lie on the small disk, the server's log on another.
BOOST_AUTO_TEST_CASE(full_tables_are_told_and_survived) {
  const support::small_disk disk{directory / "disk", 12 * 1024 * 1024};
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a file system");
    return;
  }
  const auto server = must(postgres_server::start());
  const auto place = disk.path() / "tables";
  fs::create_directory(place);
  struct ::stat owner{};
  BOOST_REQUIRE(::stat(server->directory().c_str(), &owner) == 0);
  BOOST_REQUIRE(::chown(place.c_str(), owner.st_uid, owner.st_gid) == 0);
  server->run("CREATE TABLESPACE small LOCATION '" + place.string() + "'");
  const auto ballast = disk.path() / "ballast";
  leave_ballast(ballast, 2 * 1024 * 1024);
  const auto store = must(postgres::open(server->url()));
  server->run("ALTER TABLE eventcore.events SET TABLESPACE small");

  std::optional<failure> failed;
  const auto told = append_until_full(*store, failed);
  BOOST_TEST(told > 2);
  BOOST_CHECK(failed->code == errc::store_unavailable);
  BOOST_TEST(failed->detail.contains("disk"), failed->detail);
  BOOST_TEST(failed->detail.contains("full"), failed->detail);
  BOOST_TEST(failed->detail.contains("nothing was written"), failed->detail);
  BOOST_TEST(must(store->head()).position.value == static_cast<std::uint64_t>(told));
  check_healthy(*store);

  fs::remove(ballast);
  must_commit(*store, large(told));
  check_healthy(*store);
}

// Everything lies on the small disk, the server's own log, too: it may crash.
BOOST_AUTO_TEST_CASE(a_full_data_directory_is_told_and_survived) {
  const support::small_disk disk{directory / "disk", 110 * 1024 * 1024};
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a file system");
    return;
  }
  let_anybody_enter(disk.path());
  const auto server = must(postgres_server::start(
    {.settings = {"min_wal_size = 32MB", "max_wal_size = 32MB"}, .parent = disk.path()}));
  const auto ballast = disk.path() / "ballast";
  leave_ballast(ballast, 34 * 1024 * 1024);
  std::optional<failure> failed;
  auto store = must(postgres::open(server->url()));
  const auto told = append_until_full(*store, failed);
  BOOST_TEST_MESSAGE("after " << told << " commits: " << failed->text());
  BOOST_TEST(told > 2);
  BOOST_CHECK(failed->code == errc::store_unavailable || failed->code == errc::outcome_unknown);

  fs::remove(ballast);
  if (!server->is_running())
    server->start_again();
  const auto next = large(told + 1);
  support::wait_until("a commit",
                      [&] { return std::holds_alternative<committed>(store->append(next)); });
  const auto events = must(store->head()).position.value;
  const auto least = static_cast<std::uint64_t>(told) + 1;
  BOOST_TEST((events == least || (failed->code == errc::outcome_unknown && events == least + 1)));
  check_healthy(*store);
  store = must(postgres::open(server->url()));
  BOOST_TEST(must(store->head()).position.value == events);
}

BOOST_AUTO_TEST_SUITE_END()
