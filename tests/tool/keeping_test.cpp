#include "tool/support.hpp"

#include <eventcore/maintenance.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/ids.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

// What a store keeps beside its log, and copies of it: snapshots, requests, backup, migrate.

using tool_test::bank;
using tool_test::run_sql;

namespace ec = eventcore;
namespace fs = std::filesystem;

namespace {

auto snapshots(const bank& here) -> std::size_t {
  return ec::unwrap(here.store->maintenance().list_snapshots({})).size();
}

auto requests(const bank& here) -> std::size_t {
  return ec::unwrap(here.store->maintenance().list_requests({}, 10)).size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(keeping)

BOOST_AUTO_TEST_CASE(snapshots_are_listed) {
  const bank here;
  BOOST_TEST(here.ask({"snapshots"}).out
             == "STREAM         VIEW     VERSION  BYTES  STATE\n"
                "account-alice  account        3     31  \n"
                "account-bob    account        2     31  \n");
  BOOST_TEST(here.ask({"snapshots", "--glob", "*bob", "--json"})
               .out.starts_with(R"({"stream":"account-bob","view":"account",)"));
  BOOST_TEST(std::ranges::count(here.ask({"snapshots", "--limit", "1", "--json"}).out, '\n') == 1);
}

BOOST_AUTO_TEST_CASE(snapshots_are_dropped) {
  const bank here;
  BOOST_TEST(here.ask({"snapshots", "drop", "--prefix", "account-b"}).out
             == "dropped 1 snapshots\n");
  BOOST_TEST(snapshots(here) == 1);
  BOOST_TEST(here.ask({"snapshots", "drop", "--json"}).out == "{\"dropped\":1}\n");
  BOOST_TEST(snapshots(here) == 0);
}

BOOST_AUTO_TEST_CASE(requests_are_listed) {
  const bank here;
  const auto asked = here.ask({"requests"});
  BOOST_TEST(asked.out
             == "REQUEST   POSITION  EVENTS  RECORDED AT\n"
                "orders/1         4       3  2024-03-04T09:02:00.000000Z\n");
  BOOST_TEST(here.ask({"requests", "--after", "orders/1"}).out == "");
}

BOOST_AUTO_TEST_CASE(old_requests_are_forgotten_with_yes_only) {
  const bank here; // its clock is in the past for the program
  BOOST_TEST(here.ask({"requests", "forget", "--older-than", "1d"}).code == 4);
  BOOST_TEST(requests(here) == 1);
  BOOST_TEST(here.ask({"requests", "forget", "--older-than", "900000d", "--yes"}).out
             == "forgot 0 requests\n");
  BOOST_TEST(requests(here) == 1);
  BOOST_TEST(here.ask({"requests", "forget", "--older-than", "1d", "--yes"}).out
             == "forgot 1 requests\n");
  BOOST_TEST(requests(here) == 0);
  BOOST_TEST(here.ask({"requests", "forget", "--yes"}).code == 2);
}

BOOST_AUTO_TEST_CASE(more_than_a_page_of_requests_and_snapshots_is_listed_and_forgotten) {
  const bank here;
  ec::testing::sequential_ids ids{7};
  constexpr int more = 2'005;
  std::vector<ec::write_set> sets;
  for (int i = 0; i < more; ++i) {
    auto& set = sets.emplace_back(ec::testing::write_of(
      ids, {ec::testing::stream_of{fmt::format("z-{:05}", i)}.event("made")}));
    set.request = ec::request{ec::unwrap(ec::request_id::of(fmt::format("made/{:05}", i))),
                              ec::digest_command("make", "{}")};
  }
  for (const auto& outcome : here.store->append(sets))
    BOOST_REQUIRE(std::holds_alternative<ec::committed>(outcome));
  for (const auto& set : sets)
    ec::unwrap(here.store->save_snapshot({.stream = set.reads.front().stream,
                                          .view = "z",
                                          .fold = "0:{}",
                                          .head = {{1}, set.commit},
                                          .payload = "{}"}));
  const auto lines = [&](std::vector<std::string> asked) {
    return std::ranges::count(here.ask(std::move(asked)).out, '\n');
  };
  BOOST_TEST(lines({"requests", "--json"}) == 1 + more);
  BOOST_TEST(lines({"requests", "--json", "--limit", "1500"}) == 1'500);
  BOOST_TEST(lines({"snapshots", "--json"}) == 2 + more);
  BOOST_TEST(lines({"snapshots", "--json", "--limit", "1500"}) == 1'500);
  BOOST_TEST(here.ask({"requests", "forget", "--older-than", "1d", "--yes"}).out
             == fmt::format("forgot {} requests\n", 1 + more));
  BOOST_TEST(lines({"requests", "--json"}) == 0);
}

BOOST_AUTO_TEST_CASE(a_backup_is_a_store_of_its_own) {
  const bank here;
  const auto copy = here.scratch.path("copy.db").string();
  const auto made = here.ask({"backup", copy});
  BOOST_TEST(made.code == 0, made.err);
  BOOST_TEST(made.out.starts_with(copy + ": "), made.out);
  bank_log::add_deposits(*here.store, 1);
  const auto log = program::run({"log", "--json", "--store", "sqlite:" + copy});
  BOOST_TEST(log.out == here.ask({"log", "--json", "--to", "9"}).out);
  BOOST_TEST(program::run({"verify", "--store", "sqlite:" + copy}).code == 0);
}

BOOST_AUTO_TEST_CASE(a_backup_overwrites_nothing) {
  const bank here;
  const auto copy = here.scratch.path("copy.db").string();
  std::ofstream{copy} << "mine";
  const auto refused = here.ask({"backup", copy});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(refused.err.contains("copy.db already"), refused.err);
  BOOST_TEST(fs::file_size(copy) == 4);
  BOOST_TEST(here.ask({"backup", here.scratch.path("no/such/folder/x.db").string()}).code != 0);
}

BOOST_AUTO_TEST_CASE(a_store_that_is_up_to_date_needs_no_migration) {
  const bank here;
  const auto done = here.ask({"migrate"});
  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(done.out.ends_with("nothing was done\n"), done.out);
  BOOST_TEST(here.ask({"migrate", "--json"}).out.ends_with(",\"applied\":0}\n"));
}

BOOST_AUTO_TEST_CASE(an_older_schema_is_refused_until_it_was_migrated) {
  bank here;
  const auto log = here.ask({"log"}).out;
  here.store.reset();
  run_sql(here.file(), "ALTER TABLE log_head DROP COLUMN restoring; DROP TABLE archives; "
                       "DELETE FROM migrations WHERE number = 3");
  for (const auto* command : {"stats", "verify", "archives"}) {
    const auto refused = here.ask({command});
    BOOST_TEST(refused.code == 1);
    BOOST_TEST(refused.err.contains("`eventcore migrate` brings it up to date"), refused.err);
  }
  BOOST_TEST(here.ask({"snapshots", "drop"}).code == 1);
  const auto done = here.ask({"migrate"});
  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(done.out.starts_with("applied step 3: "), done.out);
  BOOST_TEST(done.out.ends_with("\nthe schema is up to date: 3\n"), done.out);
  BOOST_TEST(here.ask({"log"}).out == log);
  BOOST_TEST(here.ask({"verify"}).code == 0);
}

BOOST_AUTO_TEST_SUITE_END()
