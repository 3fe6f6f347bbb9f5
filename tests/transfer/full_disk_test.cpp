#include "support/child.hpp"
#include "transfer/sample_log.hpp"

#include "eventcore/stores/sqlite.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"
#include "eventcore/transfer/archive_file.hpp"
#include "eventcore/transfer/log_file.hpp"

#include <csignal>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using namespace sample;

// A disk that is full, and a program that may write no more: the failure says so, what is there
// stays good, and the same call goes on once there is room.

namespace {

auto is_told(const failure& why, const std::filesystem::path& partial) -> bool {
  return why.code == errc::store_unavailable && why.detail.contains(partial.string())
         && why.detail.contains("make room and try again");
}

} // namespace

BOOST_AUTO_TEST_CASE(an_export_to_a_full_disk_says_so_and_goes_on_later) {
  const folder here;
  const support::small_disk disk{here / "disk", 4 * 1024 * 1024};
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a file system");
    return;
  }
  write_file(disk.path() / "ballast", std::string(1024 * 1024, 'x'));
  const auto store = full_store(7'000); // some 3.5 MiB
  const auto file = disk.path() / "log.jsonl";
  const auto failed = export_log(*store, file);
  BOOST_REQUIRE(!failed);
  BOOST_TEST(is_told(failed.error(), disk.path() / "log.jsonl.partial"), failed.error().text());
  BOOST_TEST(!std::filesystem::exists(file));
  std::filesystem::remove(disk.path() / "ballast");
  must(export_log(*store, file));
  must(export_log(*store, here / "log.jsonl"));
  BOOST_TEST((read_file(file) == read_file(here / "log.jsonl")));
}

BOOST_AUTO_TEST_CASE(an_export_that_may_write_no_more_says_so) {
  const folder here;
  support::child process{[&](const support::child::say& say, const support::child::wait&) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit most{1'000'000, 1'000'000};
    setrlimit(RLIMIT_FSIZE, &most);
    const auto failed = export_log(*full_store(7'000), here / "log.jsonl");
    say(!failed && is_told(failed.error(), here / "log.jsonl.partial") ? "told" : "not told");
  }};
  BOOST_TEST(process.hear() == "told");
  const auto store = full_store(7'000);
  const auto written = must(export_log(*store, here / "log.jsonl"));
  BOOST_TEST((must(verify_export(here / "log.jsonl")) == written));
}

BOOST_AUTO_TEST_CASE(an_import_onto_a_full_disk_says_so_and_goes_on_later) {
  const folder here;
  const support::small_disk disk{here / "disk", 32 * 1024 * 1024};
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a file system");
    return;
  }
  const auto source = full_store(40'000); // some 20 MiB
  must(export_log(*source, here / "log.jsonl"));
  write_file(disk.path() / "ballast", std::string(25 * 1024 * 1024, 'x'));
  const auto store = must(sqlite::open(disk.path() / "store.db"));
  must_fail(import_log(here / "log.jsonl", *store), errc::store_unavailable, "is full");
  BOOST_TEST(must(store->head()).position.value > 0);
  std::filesystem::remove(disk.path() / "ballast");
  must(import_log(here / "log.jsonl", *store));
  BOOST_TEST(must(store->find_damage()).empty());
  must(export_log(*store, here / "copy.jsonl"));
  BOOST_TEST((read_file(here / "copy.jsonl") == read_file(here / "log.jsonl")));
}

BOOST_AUTO_TEST_CASE(nothing_leaves_the_store_for_an_archive_that_was_not_written) {
  const folder here;
  const support::small_disk disk{here / "disk", 1024 * 1024};
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a file system");
    return;
  }
  const auto store = empty_store();
  sequential_ids ids;
  auto stream = stream_of("a-1");
  for (int i = 0; i < 20; ++i)
    stream.event("e", "\"" + std::string(100'000, 'x') + "\"");
  must_commit(*store, write_of(ids, {stream.event(std::string{closed_event})}));
  const auto failed = archive_streams(*store, disk.path() / "old.jsonl", {});
  BOOST_REQUIRE(!failed);
  BOOST_TEST(is_told(failed.error(), disk.path() / "old.jsonl.partial"), failed.error().text());
  BOOST_TEST((read_log_of(*store).events.front().encoding == encoding::json));
  BOOST_TEST(std::filesystem::is_empty(disk.path()));
  BOOST_TEST(must(archive_streams(*store, disk.path() / "old.jsonl.zst", {})).payloads == 20);
}
