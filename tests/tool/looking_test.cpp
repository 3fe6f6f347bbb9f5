#include "tool/support.hpp"

#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/ids.hpp>

#include <algorithm>
#include <csignal>
#include <string>
#include <variant>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

// What is shown of a log: streams, read, log, stats.

using tool_test::bank;
namespace ec = eventcore;

namespace {

auto lines_of(const std::string& text) -> std::ptrdiff_t { return std::ranges::count(text, '\n'); }

} // namespace

BOOST_AUTO_TEST_SUITE(looking)

BOOST_AUTO_TEST_CASE(streams_are_a_table_in_the_order_of_their_ids) {
  const bank here;
  const auto asked = here.ask({"streams"});
  BOOST_TEST(asked.code == 0, asked.err);
  BOOST_TEST(asked.err == "");
  BOOST_TEST(asked.out
             == "STREAM         VERSION  POSITION  CHANGED AT                   STATE\n"
                "account-alice        3         4  2024-03-04T09:02:00.000000Z  \n"
                "account-bob          2         5  2024-03-04T09:02:00.000000Z  \n"
                "note-1               1         8  2024-03-04T09:04:00.000000Z  \n"
                "note-2               1         9  2024-03-04T09:05:00.000000Z  \n"
                "transfer-1           2         7  2024-03-04T09:03:00.000000Z  closed\n");
}

BOOST_AUTO_TEST_CASE(streams_are_objects_for_programs) {
  const bank here;
  const auto asked = here.ask({"streams", "--prefix", "transfer", "--json"});
  BOOST_TEST(asked.out.starts_with(R"({"stream":"transfer-1","version":2,"commit":")"), asked.out);
  BOOST_TEST(asked.out.ends_with(
               R"(","position":7,"changed_at":"2024-03-04T09:03:00.000000Z","closed":true,)"
               "\"archived\":false}\n"),
             asked.out);
}

BOOST_AUTO_TEST_CASE(streams_can_be_chosen) {
  const bank here;
  const auto count = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"streams", "--json"});
    const auto asked = here.ask(arguments);
    BOOST_TEST(asked.code == 0, asked.err);
    return lines_of(asked.out);
  };
  BOOST_TEST(count({}) == 5);
  BOOST_TEST(count({"--kind", "note"}) == 2);
  BOOST_TEST(count({"--kind", "note", "--kind", "transfer"}) == 3);
  BOOST_TEST(count({"--prefix", "account-b"}) == 1);
  BOOST_TEST(count({"--glob", "*-[12]"}) == 3);
  BOOST_TEST(count({"--kind", "note", "--glob", "*-1"}) == 1);
  BOOST_TEST(count({"--closed"}) == 1);
  BOOST_TEST(count({"--closed", "--kind", "note"}) == 0);
  BOOST_TEST(count({"--limit", "3"}) == 3);
  BOOST_TEST(count({"--after", "note-1"}) == 2);
}

BOOST_AUTO_TEST_CASE(a_pattern_that_is_none_is_the_callers_mistake) {
  const bank here;
  const auto asked = here.ask({"streams", "--glob", "[a"});
  BOOST_TEST(asked.code == 2);
  BOOST_TEST(asked.out == "");
  BOOST_TEST(asked.err.contains("'[a'"), asked.err);
}

BOOST_AUTO_TEST_CASE(more_streams_than_a_page_are_all_listed) {
  const bank here;
  ec::testing::sequential_ids ids{7};
  constexpr int more = 2'005;
  for (int first = 0; first < more; first += 200) {
    std::vector<ec::testing::stream_of> streams;
    for (int i = first; i < std::min(first + 200, more); ++i)
      streams.push_back(ec::testing::stream_of{fmt::format("z-{:05}", i)}.event("made"));
    BOOST_REQUIRE(std::holds_alternative<ec::committed>(
      here.store->append(ec::testing::write_of(ids, streams))));
  }
  BOOST_TEST(lines_of(here.ask({"streams", "--json"}).out) == 5 + more);
  BOOST_TEST(lines_of(here.ask({"streams"}).out) == 1 + 5 + more);
  BOOST_TEST(lines_of(here.ask({"streams", "--limit", "1500"}).out) == 1 + 1'500);
}

BOOST_AUTO_TEST_CASE(a_stream_is_read_from_its_first_event) {
  const bank here;
  const auto asked = here.ask({"read", "account-alice"});
  BOOST_TEST(asked.code == 0, asked.err);
  BOOST_TEST(asked.out
             == "VERSION  POSITION  RECORDED AT                  TYPE       PAYLOAD\n"
                "      1         1  2024-03-04T09:00:00.000000Z  opened     {\"owner\":\"Alice\"}\n"
                "      2         2  2024-03-04T09:00:00.000000Z  deposited  {\"cents\":12000}\n"
                "      3         4  2024-03-04T09:02:00.000000Z  withdrawn  {\"cents\":4500}\n");
}

BOOST_AUTO_TEST_CASE(a_stream_is_read_within_bounds_and_backwards) {
  const bank here;
  const auto versions = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"read", "account-alice", "--json"});
    const auto asked = here.ask(arguments);
    BOOST_TEST(asked.code == 0, asked.err);
    std::string found;
    for (std::size_t at = 0; (at = asked.out.find("\"version\":", at)) != std::string::npos; ++at)
      found += asked.out[at + 10];
    return found;
  };
  BOOST_TEST(versions({"--from", "2"}) == "23");
  BOOST_TEST(versions({"--to", "2"}) == "12");
  BOOST_TEST(versions({"--from", "2", "--to", "2"}) == "2");
  BOOST_TEST(versions({"--backwards"}) == "321");
  BOOST_TEST(versions({"--backwards", "--limit", "2"}) == "32");
  BOOST_TEST(versions({"--backwards", "--from", "2", "--to", "2"}) == "2");
  BOOST_TEST(versions({"--from", "9"}) == "");
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_not_there_is_told) {
  const bank here;
  const auto asked = here.ask({"read", "account-zoe"});
  BOOST_TEST(asked.code == 1);
  BOOST_TEST(asked.out == "");
  BOOST_TEST(asked.err
             == "eventcore: there is no stream 'account-zoe'; eventcore streams lists those that "
                "there are\n");
  BOOST_TEST(here.ask({"read", "a*"}).code == 2);
}

BOOST_AUTO_TEST_CASE(an_event_is_an_object_with_all_that_the_store_knows) {
  const bank here;
  const auto asked = here.ask({"log", "--to", "1", "--json"});
  BOOST_TEST(
    asked.out.starts_with(R"({"position":1,"stream":"account-alice","version":1,"commit":")"),
    asked.out);
  BOOST_TEST(asked.out.ends_with(
               R"("type":"opened","type_version":1,"recorded_at":"2024-03-04T09:00:00.000000Z",)"
               R"("metadata":{"actor":"teller 7","pairs":{"branch":"Bern"}},)"
               "\"payload\":{\"owner\":\"Alice\"}}\n"),
             asked.out);
}

BOOST_AUTO_TEST_CASE(bytes_are_shown_as_base64) {
  const bank here;
  BOOST_TEST(here.ask({"read", "note-1"}).out.contains("scanned  base64:iVBORwAB\n"));
  BOOST_TEST(
    here.ask({"read", "note-1", "--json"}).out.ends_with("\"payload_base64\":\"iVBORwAB\"}\n"));
}

BOOST_AUTO_TEST_CASE(the_log_can_be_filtered) {
  const bank here;
  const auto positions = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"log", "--json"});
    const auto asked = here.ask(arguments);
    BOOST_TEST(asked.code == 0, asked.err);
    std::string found;
    for (std::size_t at = 0; (at = asked.out.find("\"position\":", at)) != std::string::npos; ++at)
      found += asked.out[at + 11];
    return found;
  };
  BOOST_TEST(positions({}) == "123456789");
  BOOST_TEST(positions({"--from", "4", "--to", "6"}) == "456");
  BOOST_TEST(positions({"--backwards"}) == "987654321");
  BOOST_TEST(positions({"--backwards", "--limit", "2"}) == "98");
  BOOST_TEST(positions({"--backwards", "--from", "3", "--to", "5"}) == "543");
  BOOST_TEST(positions({"--limit", "2"}) == "12");
  BOOST_TEST(positions({"--kind", "account"}) == "12345");
  BOOST_TEST(positions({"--prefix", "note"}) == "89");
  BOOST_TEST(positions({"--glob", "*-1"}) == "678");
  BOOST_TEST(positions({"--type", "account.deposited"}) == "25");
  BOOST_TEST(positions({"--type", "account.deposited", "--type", "note.written"}) == "259");
  BOOST_TEST(here.ask({"log", "--type", "deposited"}).code == 2);
}

BOOST_AUTO_TEST_CASE(more_events_than_a_page_are_all_printed_both_ways) {
  const bank here;
  bank_log::add_deposits(*here.store, 2'500);
  BOOST_TEST(lines_of(here.ask({"log", "--json"}).out) == 2'509);
  BOOST_TEST(lines_of(here.ask({"log", "--json", "--backwards"}).out) == 2'509);
  BOOST_TEST(lines_of(here.ask({"log"}).out) == 2'510);
  BOOST_TEST(lines_of(here.ask({"log", "--limit", "1700", "--json"}).out) == 1'700);
  BOOST_TEST(lines_of(here.ask({"read", "account-carol", "--json"}).out) == 2'500);
  BOOST_TEST(lines_of(here.ask({"read", "account-carol", "--backwards", "--json"}).out) == 2'500);
}

BOOST_AUTO_TEST_CASE(following_from_a_position_beyond_the_log_is_a_mistake_of_the_caller) {
  const bank here;
  const auto refused = here.ask({"log", "--follow", "--from", "11"});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(refused.err
             == "eventcore: position 11 is beyond the log, which ends at 9; --from 10 prints what "
                "comes next\n");
}

BOOST_AUTO_TEST_CASE(following_shows_what_another_program_commits) {
  const bank here;
  program::running following{{"log", "--follow", "--json", "--from", "9", "--store", here.url}};
  const auto first = following.read_line();
  BOOST_REQUIRE(first);
  BOOST_TEST(first->starts_with("{\"position\":9,"), *first);
  bank_log::add_deposits(*here.open_again(), 2);
  for (const auto* begin : {"{\"position\":10,", "{\"position\":11,"}) {
    const auto next = following.read_line();
    BOOST_REQUIRE(next);
    BOOST_TEST(next->starts_with(begin), *next);
  }
  following.kill(SIGINT);
  const auto ended = following.wait();
  BOOST_TEST(ended.code == 4);
  BOOST_TEST(ended.out == "");
  BOOST_TEST(ended.err == "eventcore: interrupted after position 11; --from 12 goes on\n");
}

// As timeout(1) sends it.
BOOST_AUTO_TEST_CASE(a_signal_that_is_sent_twice_ends_it_in_good_order) {
  const bank here;
  program::running following{{"log", "--follow", "--json", "--from", "9", "--store", here.url}};
  BOOST_REQUIRE(following.read_line());
  following.kill(SIGTERM);
  following.kill(SIGINT);
  const auto ended = following.wait();
  BOOST_TEST(ended.code == 4);
  BOOST_TEST(ended.err == "eventcore: interrupted after position 9; --from 10 goes on\n");
}

BOOST_AUTO_TEST_CASE(following_does_not_go_on_in_an_older_log) {
  bank here;
  program::running following{
    {"log", "--follow", "--json", "--from", "9", "--limit", "2", "--store", here.url}};
  BOOST_REQUIRE(following.read_line());
  tool_test::run_sql(here.file(),
                     "BEGIN; DROP TRIGGER events_are_not_deleted; DELETE FROM streams WHERE id = "
                     "'note-2'; DELETE FROM events WHERE position = 9; UPDATE log_head SET "
                     "(position, commit_id) = (SELECT position, commit_id FROM events ORDER BY "
                     "position DESC LIMIT 1); COMMIT");
  bank_log::add_deposits(*here.open_again(), 2);
  const auto ended = following.wait();
  BOOST_TEST(ended.code == 1);
  BOOST_TEST(ended.out == "");
  BOOST_TEST(ended.err.contains("an older backup was restored"), ended.err);
}

BOOST_AUTO_TEST_CASE(following_ends_at_its_limit_and_passes_over_what_does_not_fit) {
  const bank here;
  program::running following{{"log", "--follow", "--kind", "account", "--from", "5", "--limit", "2",
                              "--json", "--store", here.url}};
  BOOST_REQUIRE(following.read_line());
  bank_log::add_deposits(*here.open_again(), 3);
  const auto ended = following.wait();
  BOOST_TEST(ended.code == 0, ended.err);
  BOOST_TEST(ended.out.starts_with("{\"position\":10,"), ended.out);
  BOOST_TEST(lines_of(ended.out) == 1);
  BOOST_TEST(here.ask({"log", "--follow", "--to", "3"}).code == 2);
}

BOOST_AUTO_TEST_CASE(statistics_say_how_much_there_is) {
  const bank here;
  const auto asked = here.ask({"stats"});
  BOOST_TEST(asked.code == 0, asked.err);
  for (const auto* line :
       {"events         9\n", "last recorded  2024-03-04T09:05:00.000000Z\n", "streams        5\n",
        "requests       1\n", "snapshots      2 (", "archives       0\n",
        "\nKIND      STREAMS  EVENTS\naccount         2       5\nnote            2       2\n"
        "transfer        1       2\n"})
    BOOST_TEST(asked.out.contains(line), line << " is not in " << asked.out);
  const auto object = here.ask({"stats", "--json"}).out;
  BOOST_TEST(object.starts_with("{\"position\":9,\"commit\":\""), object);
  BOOST_TEST(object.ends_with(R"("kinds":[{"kind":"account","streams":2,"events":5},)"
                              R"({"kind":"note","streams":2,"events":2},)"
                              "{\"kind\":\"transfer\",\"streams\":1,\"events\":2}]}\n"),
             object);
}

BOOST_AUTO_TEST_CASE(control_characters_do_not_reach_the_terminal) {
  const bank here;
  ec::testing::sequential_ids ids{9};
  BOOST_REQUIRE(std::holds_alternative<ec::committed>(here.store->append(ec::testing::write_of(
    ids, {ec::testing::stream_of{"note-3"}.event("written", "{\"text\":\"\u009b31m\x7f\"}")}))));
  const auto asked = here.ask({"read", "note-3"});
  BOOST_TEST(asked.out.contains(R"({"text":"\xc2\x9b31m\x7f"})"), asked.out);
}

BOOST_AUTO_TEST_SUITE_END()
