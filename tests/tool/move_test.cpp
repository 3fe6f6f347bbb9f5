#include "tool/support.hpp"

#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using tool_test::bank;
using tool_test::shell;

BOOST_AUTO_TEST_SUITE(moving)

BOOST_AUTO_TEST_CASE(a_log_is_exported_and_imported) {
  const bank here;
  const auto file = here.scratch.path("log.jsonl.gz").string();
  const auto made = here.ask({"export", file});
  BOOST_TEST(made.code == 0, made.err);
  BOOST_TEST(made.err == "");
  BOOST_TEST(made.out.starts_with(file + ": 9 events, 1 requests, checksum "), made.out);

  const auto copy = here.scratch.store("copy.db");
  const auto imported = program::run({"import", file, "--store", copy, "--json"});
  BOOST_TEST(imported.code == 0, imported.err);
  BOOST_TEST(imported.out.starts_with(
               fmt::format(R"({{"file":"{}","events":9,"requests":1,"checksum":")", file)),
             imported.out);
  BOOST_TEST(program::run({"verify", "--store", copy}).code == 0);
  BOOST_TEST(program::run({"log", "--store", copy}).out == here.ask({"log"}).out);
  BOOST_TEST(program::run({"import", file, "--store", copy}).code == 0);      // nothing is missing
  BOOST_TEST(program::run({"import", file, "--check-only"}).out == made.out); // needs no store
}

BOOST_AUTO_TEST_CASE(a_log_goes_through_a_pipe) {
  const bank here;
  const auto copy = here.scratch.store("copy.db");
  const auto moved = shell(fmt::format(
    "set -o pipefail; $EVENTCORE export - --store {} | $EVENTCORE import - --store {} 2>&1",
    here.url, copy));
  BOOST_TEST(moved.code == 0, moved.out);
  BOOST_TEST(moved.out.starts_with("-: 9 events, 1 requests, checksum "), moved.out);
  BOOST_TEST(program::run({"log", "--store", copy}).out == here.ask({"log"}).out);
  const auto cut = shell(
    fmt::format("$EVENTCORE export - --store {} | head -n 4 | $EVENTCORE import - --store {} 2>&1",
                here.url, here.scratch.store("cut.db")));
  BOOST_TEST(cut.code == 1);
  BOOST_TEST(cut.out.contains("the standard input, line 5: the file ends here"), cut.out);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_told_and_changes_nothing) {
  const bank here;
  const auto file = here.scratch.path("log.jsonl").string();
  BOOST_REQUIRE(here.ask({"export", file}).code == 0);
  const auto again = here.ask({"export", file});
  BOOST_TEST(again.code == 2);
  BOOST_TEST(
    again.err
    == fmt::format("eventcore: {} exists already; name another file, or remove this one\n", file));
  const auto missing =
    program::run({"import", file + "x", "--store", here.scratch.store("none.db")});
  BOOST_TEST(missing.code == 1);
  BOOST_TEST(missing.err.ends_with("cannot be opened: No such file or directory\n"), missing.err);
  BOOST_TEST(!std::filesystem::exists(here.scratch.path("none.db")));
  const auto other = here.scratch.store("other.db");
  BOOST_REQUIRE(shell(fmt::format("sed s/alice/malice/ {} > {}.bad", file, file)).code == 0);
  const auto damaged = program::run({"import", file + ".bad", "--store", other});
  BOOST_TEST(damaged.code == 1);
  BOOST_TEST(damaged.err.contains("the file is damaged"), damaged.err);
  const auto folder = program::run({"import", here.scratch.path("").string(), "--store", other});
  BOOST_TEST(folder.code == 1);
  BOOST_TEST(folder.err.ends_with("cannot be opened: Is a directory\n"), folder.err);
  BOOST_TEST(!std::filesystem::exists(here.scratch.path("other.db")));
  BOOST_TEST(program::run({"import", file, "--store", other}).code == 0);
  BOOST_TEST(
    shell(fmt::format("$EVENTCORE export - --store {} >/dev/full 2>/dev/null", here.url)).code
    == 1);
}

BOOST_AUTO_TEST_CASE(payloads_are_archived_and_restored) {
  const bank here;
  const auto before = here.ask({"log", "--json"}).out;
  const auto file = here.scratch.path("old.jsonl.zst").string();
  const auto refused = here.ask({"archive", "--before", "2100-01-01", "--to", file});
  BOOST_TEST(refused.code == 4);
  BOOST_TEST(refused.err.contains("in 1 closed streams would leave the store for"), refused.err);
  BOOST_TEST(here.ask({"log", "--json"}).out == before);
  for (const auto* agreed : {"--yes", "--yes=false"}) {
    const auto nothing = here.ask({"archive", "--before", "1990-01-01", "--to", file, agreed});
    BOOST_TEST(nothing.code == 0);
    BOOST_TEST(nothing.out == "there is nothing to archive\n");
  }

  const auto done =
    here.ask({"archive", "--before", "2100-01-01T12:00:00Z", "--to", file, "--yes"});
  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(here.ask({"verify"}).code == 0);
  BOOST_TEST(here.ask({"log"}).out.contains(file));
  const auto listed = here.ask({"archives", "--check"});
  BOOST_TEST(listed.code == 0);
  BOOST_TEST(listed.out.contains("whole"), listed.out);

  std::filesystem::rename(file, file + ".moved");
  const auto lost = here.ask({"archives", "--check", "--json"});
  BOOST_TEST(lost.code == 3);
  BOOST_TEST(lost.out.contains("cannot be opened: No such file or directory"), lost.out);
  const auto restored = here.ask({"restore", file + ".moved"});
  BOOST_TEST(restored.code == 0, restored.err);
  BOOST_TEST(here.ask({"log", "--json"}).out == before);
  BOOST_TEST(here.ask({"archives", "--json"}).out == "");
  BOOST_TEST(here.ask({"restore", file + ".moved"}).code == 1);
  const auto piped =
    shell(fmt::format("$EVENTCORE restore - --store {} < {}.moved 2>&1", here.url, file));
  BOOST_TEST(piped.code == 2);
  BOOST_TEST(piped.out.contains("not from the standard input"), piped.out);
}

BOOST_AUTO_TEST_CASE(an_archive_in_the_place_of_another_is_found) {
  const bank here;
  const auto archive_to = [&](const std::string& file) {
    return here.ask({"archive", "--before", "2100-01-01", "--to", file, "--yes"}).code;
  };
  const auto first = here.scratch.path("first.jsonl").string();
  const auto second = here.scratch.path("second.jsonl").string();
  BOOST_REQUIRE(archive_to(first) == 0);
  BOOST_REQUIRE(here.ask({"restore", first}).code == 0);
  BOOST_REQUIRE(archive_to(second) == 0);
  std::filesystem::rename(first, second);
  const auto listed = here.ask({"archives", "--check"});
  BOOST_TEST(listed.code == 3);
  BOOST_TEST(listed.out.contains("another file, by its checksum"), listed.out);
}

BOOST_AUTO_TEST_CASE(a_time_that_is_none_is_refused) {
  const bank here;
  for (const auto* time : {"yesterday", "2024-13-01", "2024-01-31T25:00:00Z", "2024-01-31T10:00"}) {
    const auto refused = here.ask({"archive", "--before", time, "--to", "x"});
    BOOST_TEST(refused.code == 2);
    BOOST_TEST(refused.err.contains("write a day in UTC as 2024-01-31"), refused.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()
