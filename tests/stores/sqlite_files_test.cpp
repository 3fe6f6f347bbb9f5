#include "stores/sqlite_backend.hpp"
#include "support/child.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
namespace fs = std::filesystem;

// Files that are no store, that may not be written, or that are damaged: a clear failure, and the
// file stays as it is.

namespace {

struct any_file : sqlite_backend {
  auto content() const -> std::string {
    std::ifstream in{file(), std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  void set_content(std::string_view bytes) const {
    std::ofstream{file(), std::ios::binary | std::ios::trunc} << bytes;
  }

  void fill(int events) {
    const auto store = must(open({}));
    for (int i = 0; i < events; ++i)
      must_commit(*store, write_of(ids, {stream_of(fmt::format("a-{}", i)).event("e")}));
  }

  /// What opening the file gives to somebody who is not root: "ok" or the failure's text.
  auto open_as_nobody(bool read_only) -> std::string {
    return support::run_as_nobody([&] { return opened(read_only); });
  }

  auto opened(bool read_only) -> std::string {
    const auto store = open({.read_only = read_only});
    if (!store)
      return store.error().text();
    const auto head = (*store)->head();
    return head ? fmt::format("ok {}", head->position.value) : head.error().text();
  }

  void allow(fs::perms directory_may, fs::perms file_may) const {
    fs::permissions(file(), file_may);
    fs::permissions(directory, directory_may);
  }

  sequential_ids ids;
};

constexpr fs::perms read_file{0444};
constexpr fs::perms write_file{0666};
constexpr fs::perms read_directory{0555};
constexpr fs::perms write_directory{0777};

} // namespace

BOOST_FIXTURE_TEST_SUITE(files, any_file)

// -- no store -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_directory_is_refused) {
  for (const bool read_only : {false, true}) {
    sqlite::sqlite_settings settings;
    settings.read_only = read_only;
    must_fail(sqlite::open(directory, settings), errc::invalid_argument,
              "is a directory; name a file in it");
  }
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_made_only_when_it_may_be) {
  for (const store_settings& settings : {store_settings{.read_only = true}, {.create = false}})
    must_fail(open(settings), errc::not_found, "there is no file " + file().string());
  BOOST_TEST(!fs::exists(file()));
  must(open({}));
  must(open({.create = false}));
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_named_and_not_made) {
  must_fail(sqlite::open(directory / "none" / "x.db"), errc::not_found,
            "there is no directory " + (directory / "none").string());
  BOOST_TEST(!fs::exists(directory / "none"));
}

BOOST_AUTO_TEST_CASE(a_device_is_refused) {
  must_fail(sqlite::open("/dev/null"), errc::invalid_argument, "is not a regular file");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused_and_left_as_it_is) {
  const std::string text = "order\tpayer\n" + std::string(5000, 'x');
  set_content(text);
  for (const bool read_only : {false, true})
    must_fail(open({.read_only = read_only}), errc::store_corrupt, "is no SQLite database");
  BOOST_CHECK(content() == text);
}

// -- damaged ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_truncated_file_is_refused_and_left_as_it_is) {
  fill(50);
  set_content(content().substr(0, content().size() / 2));
  const auto before = content();
  for (const bool read_only : {false, true})
    must_fail(open({.read_only = read_only}), errc::store_corrupt, "restore a backup");
  BOOST_CHECK(content() == before);
}

BOOST_AUTO_TEST_CASE(a_file_that_lost_its_last_event_is_refused) {
  fill(5);
  run("DROP TRIGGER events_are_not_deleted; DELETE FROM events WHERE position = 5");
  must_fail(open({}), errc::store_corrupt, "is not the one that its log head names");
}

// Every page but the first is overwritten in turn: reading gives a failure or what was there, and
// never ends the program.
BOOST_AUTO_TEST_CASE(a_page_of_rubbish_is_a_failure_or_not_read) {
  fill(100);
  const auto sound = content();
  constexpr std::size_t page = 4096;
  int noticed = 0;
  for (std::size_t at = page; at < sound.size(); at += page) {
    auto broken = sound;
    broken.replace(at, page, std::string(page, '\x5A'));
    set_content(broken);
    const auto store = open({});
    if (!store) {
      BOOST_CHECK(store.error().code == errc::store_corrupt);
      ++noticed;
      continue;
    }
    const auto log = (*store)->read(read_log{});
    if (!log)
      BOOST_CHECK(log.error().code == errc::store_corrupt);
    const auto found = (*store)->find_damage();
    if (!found || !found->empty())
      ++noticed;
  }
  BOOST_TEST(noticed == static_cast<int>(sound.size() / page) - 1);
}

// -- what may not be written --------------------------------------------------

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_written_is_read_only_for_writing) {
  fill(1);
  allow(write_directory, read_file);
  const auto failed = open_as_nobody(false);
  BOOST_TEST(failed.starts_with("read_only: "));
  BOOST_TEST(failed.contains("may not be written by this user; open it with read_only"));
}

BOOST_AUTO_TEST_CASE(a_directory_that_may_not_be_written_is_a_clear_failure) {
  fill(1);
  allow(read_directory, write_file);
  BOOST_TEST(open_as_nobody(false).starts_with("read_only: "));
  BOOST_TEST(open_as_nobody(false).contains("in a directory that may not be written"));
  const auto failed = open_as_nobody(true);
  BOOST_TEST(failed.contains("SQLite needs to make"));
  BOOST_TEST(failed.contains("give write permission on the directory, or copy"));
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_read_is_a_clear_failure) {
  fill(1);
  allow(write_directory, fs::perms::none);
  for (const bool read_only : {false, true})
    BOOST_TEST(open_as_nobody(read_only).contains("cannot be opened: this user may not read it"));
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_written_is_read) {
  fill(3);
  allow(write_directory, read_file);
  BOOST_TEST(open_as_nobody(true) == "ok 3");
}

BOOST_AUTO_TEST_CASE(a_file_in_a_read_only_directory_is_read_while_a_writer_has_it) {
  fill(3);
  support::child writer{[&](const auto& say, const auto& wait) {
    const auto store = must(open({}));
    must_commit(*store, write_of(ids, {stream_of("b-1").event("e")}));
    say("written");
    wait();
  }};
  BOOST_REQUIRE(writer.hear() == "written");
  for (const auto* name : {"", "-wal", "-shm"})
    fs::permissions(file().string() + name, read_file);
  fs::permissions(directory, read_directory);
  BOOST_TEST(open_as_nobody(true) == "ok 4");
  writer.go_on();
}

BOOST_AUTO_TEST_CASE(a_file_on_a_read_only_file_system_is_read) {
  const support::small_disk disk{directory / "disk"};
  if (!disk.is_mounted()) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a file system");
    return;
  }
  const auto inside = directory / "disk" / "store.db";
  {
    const auto store = must(sqlite::open(inside));
    must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
  }
  disk.make_read_only();
  sqlite::sqlite_settings settings;
  must_fail(sqlite::open(inside, settings), errc::read_only, "may not be written");
  settings.read_only = true;
  const auto store = must(sqlite::open(inside, settings));
  BOOST_TEST(must(store->head()).position.value == 1U);
}

BOOST_AUTO_TEST_CASE(a_store_opened_for_reading_refuses_every_write_and_sees_those_of_others) {
  fill(1);
  const auto reading = must(open({.read_only = true}));
  const auto writing = must(open({}));
  const auto set = write_of(ids, {stream_of("b-1").event("e")});
  const auto why = file().string() + " was opened for reading; open it without read_only";
  must_fail(*reading, set, errc::read_only, why);
  must_fail(reading->find_commit(set, {}), errc::read_only, why);
  must_fail(reading->save_checkpoint("mail", {}), errc::read_only, why);
  must_fail(reading->reset_checkpoint("mail"), errc::read_only, why);
  must_fail(reading->save_snapshot({}), errc::read_only, why);
  must_fail(reading->acquire_lease("mail", std::chrono::seconds{1}), errc::read_only, why);
  must_fail(reading->renew_lease("mail", {}, std::chrono::seconds{1}), errc::read_only, why);
  must_fail(reading->release_lease("mail", {}), errc::read_only, why);
  must_commit(*writing, set);
  BOOST_TEST(read_all(*reading, "b-1").events.size() == 1U);
  BOOST_TEST(must(reading->find_damage()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
