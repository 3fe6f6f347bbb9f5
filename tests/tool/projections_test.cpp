#include "tool/support.hpp"

#include <chrono>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

// Projections: where they stand, their dead letters, and setting them back.

using tool_test::bank;
using namespace std::chrono_literals;

namespace ec = eventcore;

namespace {

auto reached(const bank& here, std::string_view name) -> std::uint64_t {
  const auto kept = ec::unwrap(here.store->load_checkpoint(name));
  return kept ? kept->position.value : 0;
}

auto letters(const bank& here) -> std::vector<ec::parked_event> {
  return ec::unwrap(here.store->list_dead_letters({}));
}

} // namespace

BOOST_AUTO_TEST_SUITE(projections)

BOOST_AUTO_TEST_CASE(they_are_listed_with_their_lag) {
  const bank here;
  const auto asked = here.ask({"projections"});
  BOOST_TEST(asked.code == 0, asked.err);
  BOOST_TEST(asked.out
             == "PROJECTION  POSITION  LAG  DEAD LETTERS  STATE\n"
                "balances           9    0             0  up to date\n"
                "mails              6    3             1  behind\n");
  BOOST_TEST(here.ask({"projections", "--json"}).out
             == R"({"projection":"balances","position":9,"lag":0,"dead_letters":0,)"
                "\"state\":\"up to date\"}\n"
                R"({"projection":"mails","position":6,"lag":3,"dead_letters":1,)"
                "\"state\":\"behind\"}\n");
}

BOOST_AUTO_TEST_CASE(dead_letters_are_listed) {
  const bank here;
  const auto asked = here.ask({"projections", "dead-letters"});
  BOOST_TEST(asked.code == 0, asked.err);
  BOOST_TEST(asked.out.contains("mails              5  account-bob  deposited         3  "),
             asked.out);
  BOOST_TEST(asked.out.ends_with("  no     handler_failed: no address of Bob\n"), asked.out);
  BOOST_TEST(here.ask({"projections", "dead-letters", "balances"}).out == "");
  BOOST_TEST(here.ask({"projections", "dead-letters", "mails", "--json"})
               .out.starts_with(R"({"projection":"mails","position":5,"stream":"account-bob",)"));
}

BOOST_AUTO_TEST_CASE(a_dead_letter_is_marked_to_be_tried_again) {
  const bank here;
  BOOST_TEST(here.ask({"projections", "retry", "mails", "5"}).out
             == "1 marked to be tried again\n");
  BOOST_TEST(letters(here).at(0).retry);
  BOOST_TEST(here.ask({"projections", "retry", "mails", "4"}).code == 1);
  BOOST_TEST(here.ask({"projections", "retry", "mails"}).code == 2);
  BOOST_TEST(here.ask({"projections", "retry", "mails", "5", "--all"}).code == 2);
}

BOOST_AUTO_TEST_CASE(a_dead_letter_is_dropped) {
  const bank here;
  const auto missing = here.ask({"projections", "drop", "mails", "4", "5"});
  BOOST_TEST(missing.code == 1);
  BOOST_TEST(missing.err
             == "eventcore: projection 'mails' has no dead letter at position 4; 0 dropped\n");
  BOOST_TEST(here.ask({"projections", "drop", "mails", "5"}).out == "1 dropped\n");
  BOOST_TEST(letters(here).empty());
}

BOOST_AUTO_TEST_CASE(all_dead_letters_are_dropped_with_yes_only) {
  const bank here;
  const auto refused = here.ask({"projections", "drop", "mails", "--all"});
  BOOST_TEST(refused.code == 4);
  BOOST_TEST(refused.err.ends_with("nothing was done, --yes does it\n"), refused.err);
  BOOST_TEST(letters(here).size() == 1);
  BOOST_TEST(here.ask({"projections", "drop", "mails", "--all", "--yes"}).code == 0);
  BOOST_TEST(letters(here).empty());
}

BOOST_AUTO_TEST_CASE(more_than_a_page_of_dead_letters_is_listed_and_changed) {
  const bank here;
  constexpr int more = 1'005;
  bank_log::add_deposits(*here.store, more);
  const auto page =
    ec::unwrap(here.store->read(ec::read_log{.after = {9}, .page = {.events = more}}));
  for (const auto& event : page.events)
    ec::unwrap(here.store->park(
      {.projection = "sums", .event = event, .why = {ec::errc::handler_failed, "no"}}));
  const auto lines = [&](std::vector<std::string> asked) {
    return std::ranges::count(here.ask(std::move(asked)).out, '\n');
  };
  BOOST_TEST(lines({"projections", "dead-letters", "--json"}) == 1 + more);
  BOOST_TEST(lines({"projections", "dead-letters", "sums", "--json"}) == more);
  BOOST_TEST(lines({"projections", "dead-letters", "sums", "--json", "--limit", "3"}) == 3);
  BOOST_TEST(
    here.ask({"projections", "--json"}).out.contains(R"("sums","position":0,"lag":1014,)"));
  BOOST_TEST(here.ask({"projections", "retry", "sums", "--all"}).out
             == fmt::format("{} marked to be tried again\n", more));
  BOOST_TEST(here.ask({"projections", "drop", "sums", "--all", "--yes", "--json"}).out
             == fmt::format("{{\"changed\":{}}}\n", more));
  BOOST_TEST(letters(here).size() == 1);
}

BOOST_AUTO_TEST_CASE(a_projection_is_set_back_with_yes_only) {
  const bank here;
  BOOST_TEST(here.ask({"projections", "reset", "balances", "--to", "4"}).code == 4);
  BOOST_TEST(reached(here, "balances") == 9);
  const auto done = here.ask({"projections", "reset", "balances", "--to", "4", "--yes"});
  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(done.out == "balances: 9 -> 4\n");
  BOOST_TEST(reached(here, "balances") == 4);
  BOOST_TEST(here.ask({"projections", "reset", "balances", "--to", "0", "--yes"}).code == 0);
  BOOST_TEST(!ec::unwrap(here.store->load_checkpoint("balances")));
}

BOOST_AUTO_TEST_CASE(a_projection_is_set_to_a_position_of_the_log_only) {
  const bank here;
  const auto beyond = here.ask({"projections", "reset", "balances", "--to", "10", "--yes"});
  BOOST_TEST(beyond.code == 2);
  BOOST_TEST(beyond.err == "eventcore: there is no position 10: the log ends at 9\n");
  BOOST_TEST(reached(here, "balances") == 9);
  BOOST_TEST(here.ask({"projections", "reset", "none", "--to", "1", "--yes"}).code == 1);
}

BOOST_AUTO_TEST_CASE(a_projection_that_a_program_leads_is_left_alone) {
  const bank here;
  const auto now = ec::unwrap(ec::sqlite::open(here.file())); // the bank's clock stands in the past
  const auto lease = ec::unwrap(now->acquire_lease("projection/balances", 1h));
  BOOST_REQUIRE(lease);
  const auto refused = here.ask({"projections", "reset", "balances", "--to", "4", "--yes"});
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(refused.err.contains("a running program leads projection 'balances'"), refused.err);
  BOOST_TEST(reached(here, "balances") == 9);
  BOOST_REQUIRE(now->release_lease("projection/balances", *lease));
  BOOST_TEST(here.ask({"projections", "reset", "balances", "--to", "4", "--yes"}).code == 0);
  // it has given the lease back
  BOOST_TEST(ec::unwrap(now->acquire_lease("projection/balances", 1h)).has_value());
}

// Only the program that leads the projection knows what is in its tables.
BOOST_AUTO_TEST_CASE(a_part_of_a_projection_is_not_set_back_by_itself) {
  const bank here;
  const auto head = ec::unwrap(here.store->head());
  for (const auto* name : {"balances/rebuild", "balances/1of2", "balances/rebuild/2of2"}) {
    BOOST_REQUIRE(here.store->save_checkpoint(name, {head.position, head.commit}));
    const auto refused = here.ask({"projections", "reset", name, "--to", "0", "--yes"});
    BOOST_TEST(refused.code == 2);
    BOOST_TEST(refused.err.contains("is a part of projection 'balances'"), refused.err);
    BOOST_TEST(reached(here, name) == 9);
  }
}

BOOST_AUTO_TEST_CASE(the_workers_of_a_projection_go_back_with_it) {
  const bank here;
  const auto head = ec::unwrap(here.store->head());
  const ec::checkpoint early{
    .position = {2}, .commit = ec::unwrap(here.store->read(ec::read_log{})).events[1].commit};
  for (const auto* name : {"balances/1of2", "balances/book"})
    BOOST_REQUIRE(here.store->save_checkpoint(name, {head.position, head.commit}));
  BOOST_REQUIRE(here.store->save_checkpoint("balances/2of2", early));
  BOOST_TEST(here.ask({"projections", "reset", "balances", "--to", "4", "--yes"}).code == 0);
  BOOST_TEST(reached(here, "balances/1of2") == 0);
  BOOST_TEST(reached(here, "balances/2of2") == 2);
  BOOST_TEST(reached(here, "balances/book") == 9);
}

BOOST_AUTO_TEST_SUITE_END()
