#include "tool/support.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <boost/test/unit_test.hpp>

// What verify finds.

namespace ec = eventcore;
using tool_test::bank;
using tool_test::run_sql;

namespace {

/// The file without what keeps its events from being changed.
constexpr auto unguarded =
  "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE type = 'trigger'; PRAGMA "
  "writable_schema = RESET; ";

/// A bank whose file was changed behind the store's back.
struct damaged : bank {
  explicit damaged(const std::string& sql) {
    store.reset();
    run_sql(file(), unguarded + sql);
  }
};

void check_found(const bank& here, const std::string& words) {
  const auto asked = here.ask({"verify"});
  BOOST_TEST(asked.code == 3, asked.out << asked.err);
  BOOST_TEST(asked.out.contains("damage: "), asked.out);
  BOOST_TEST(asked.out.contains(words), words << " is not in " << asked.out);
  BOOST_TEST(asked.out.contains(" problem"), asked.out);
  const auto object = here.ask({"verify", "--json"});
  BOOST_TEST(object.code == 3);
  BOOST_TEST(object.out.starts_with("{\"problem\":\""), object.out);
  BOOST_TEST(!object.out.ends_with("\"problems\":0}\n"), object.out);
}

} // namespace

BOOST_AUTO_TEST_SUITE(verify)

BOOST_AUTO_TEST_CASE(a_sound_store_is_sound) {
  const bank here;
  const auto asked = here.ask({"verify"});
  BOOST_TEST(asked.code == 0, asked.out << asked.err);
  BOOST_TEST(asked.err == "");
  BOOST_TEST(asked.out
             == "checked 9 events (0 of them archived), 2 snapshots, 2 checkpoints\nno damage\n");
  BOOST_TEST(here.ask({"verify", "--json"}).out
             == "{\"events\":9,\"archived\":0,\"snapshots\":2,\"checkpoints\":2,\"problems\":0}\n");
}

BOOST_AUTO_TEST_CASE(an_empty_store_is_sound) {
  const program::scratch scratch;
  BOOST_REQUIRE(ec::sqlite::open(scratch.path("bank.db")));
  const auto asked = program::run({"verify", "--store", scratch.store()});
  BOOST_TEST(asked.code == 0, asked.out << asked.err);
}

BOOST_AUTO_TEST_CASE(a_log_of_many_pages_is_sound) {
  const bank here;
  bank_log::add_deposits(*here.store, 9'995);
  const auto asked = here.ask({"verify"});
  BOOST_TEST(asked.code == 0, asked.out << asked.err);
  BOOST_TEST(asked.out.starts_with("checked 10004 events"), asked.out);
}

BOOST_AUTO_TEST_CASE(a_payload_that_is_no_json_is_found) {
  check_found(damaged("UPDATE events SET payload = '{\"cents\":' WHERE position = 2"),
              "position 2 (stream 'account-alice', version 2, deposited): its payload is not JSON");
}

BOOST_AUTO_TEST_CASE(metadata_that_cannot_be_read_are_found) {
  check_found(damaged("UPDATE events SET metadata = '{\"actor\":5}' WHERE position = 1"),
              "its metadata cannot be read");
}

BOOST_AUTO_TEST_CASE(a_missing_event_is_found) {
  check_found(damaged("DELETE FROM events WHERE position = 5"), "position 5 was expected");
}

BOOST_AUTO_TEST_CASE(a_missing_last_event_is_found) {
  check_found(damaged("DELETE FROM events WHERE position = 9"), "9");
}

BOOST_AUTO_TEST_CASE(a_time_that_goes_back_is_found) {
  check_found(damaged("UPDATE events SET recorded_at = 0 WHERE position = 6"),
              "position 6 (stream 'transfer-1', version 1, ordered): it was recorded before");
}

BOOST_AUTO_TEST_CASE(a_wrong_head_of_a_stream_is_found) {
  check_found(damaged("UPDATE streams SET version = 7 WHERE id = 'account-bob'"), "account-bob");
}

BOOST_AUTO_TEST_CASE(a_damaged_snapshot_is_found) {
  check_found(
    damaged("UPDATE snapshots SET payload = replace(payload, '7500', '7501')"),
    "the snapshot of stream 'account-alice', view 'account', at version 3: its payload does not "
    "fit its checksum");
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_another_log_is_found) {
  const damaged here("UPDATE snapshots SET version = 9 WHERE version = 3");
  check_found(here, "the log does not hold its commit at its version");
  BOOST_TEST(here.ask({"snapshots"}).out.contains("not of this log: ignored"));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_another_log_is_found) {
  const damaged here("UPDATE checkpoints SET commit_id = zeroblob(16) WHERE name = 'mails'");
  check_found(here, "the checkpoint 'mails' at position 6");
  BOOST_TEST(here.ask({"projections"}).out.contains("rewound"));
}

BOOST_AUTO_TEST_CASE(a_page_that_cannot_be_read_is_found) {
  bank here;
  bank_log::add_deposits(*here.store, 9'000);
  here.store.reset(); // all is in the file then
  const auto middle = std::filesystem::file_size(here.file()) / 2 / 4096 * 4096;
  std::fstream file{here.file(), std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(static_cast<std::streamoff>(middle));
  file << std::string(3 * 4096, '\xff');
  file.close();
  check_found(here, "the log cannot be read after position ");
}

BOOST_AUTO_TEST_CASE(half_a_log_is_told) {
  const bank from;
  const program::scratch scratch;
  const auto half = ec::unwrap(ec::sqlite::open(scratch.path("bank.db")));
  const auto page = ec::unwrap(from.store->read(ec::read_log{.before = {4}}));
  BOOST_REQUIRE(half->maintenance().restore({.source = "another log", .events = page.events}));
  const auto asked = program::run({"verify", "--store", scratch.store()});
  BOOST_TEST(asked.code == 3);
  BOOST_TEST(asked.out.starts_with("damage: the log is not whole: the store is being restored from "
                                   "another log; "),
             asked.out);
  const auto stats = program::run({"stats", "--store", scratch.store()}).out;
  BOOST_TEST(stats.contains("\nnot whole      being restored from another log\n"), stats);
  BOOST_TEST(program::run({"stats", "--json", "--store", scratch.store()})
               .out.contains(R"("restoring":"another log",)"));
}

BOOST_AUTO_TEST_CASE(of_many_problems_the_first_are_told_and_all_are_counted) {
  bank here;
  bank_log::add_deposits(*here.store, 300);
  here.store.reset();
  run_sql(
    here.file(),
    std::string{unguarded}
      + "UPDATE events SET payload = '{' WHERE position > 9; UPDATE checkpoints SET commit_id "
        "= zeroblob(16) WHERE name = 'mails'");
  const auto asked = here.ask({"verify"});
  BOOST_TEST(asked.code == 3);
  BOOST_TEST(std::ranges::count(asked.out, '\n') == 104, asked.out);
  BOOST_TEST(asked.out.contains("... and 200 more\ndamage: the checkpoint 'mails'"), asked.out);
  BOOST_TEST(asked.out.ends_with("301 problems\n"), asked.out);
}

BOOST_AUTO_TEST_SUITE_END()
