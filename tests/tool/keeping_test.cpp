#include "tool/support.hpp"

#include <eventcore/maintenance.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <boost/test/unit_test.hpp>

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

BOOST_AUTO_TEST_SUITE_END()
