#include "program.hpp"
#include "support/orders.hpp"

#include <eventcore/stores/sql_transaction.hpp>
#include <eventcore/stores/sqlite.hpp>
#include <eventcore/testing/postgres_server.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <soci/soci.h>

namespace ec = eventcore;

// The read model of the bank, and who watches it.

namespace {

struct sqlite_bank {
  program::scratch scratch{};
  std::string url = scratch.store();
};

/// On a server that all tests here share.
struct postgres_bank {
  postgres_bank() {
    static int count = 0;
    static const auto server =
      ec::unwrap(ec::testing::postgres_server::start({.password = "Sesam"}));
    const auto name = "books_" + std::to_string(++count);
    server->create_database(name);
    url = server->url(name);
  }

  std::string url{};
};

using places = std::tuple<sqlite_bank, postgres_bank>;

template <class Place>
struct bank : Place {
  program::scratch files{};

  auto with_store(std::vector<std::string> arguments) const -> std::vector<std::string> {
    arguments.insert(arguments.end(), {"--store", this->url});
    return arguments;
  }

  auto ask(const std::vector<std::string>& what) const -> std::string {
    const auto ended = program::run(with_store(what));
    BOOST_TEST(ended.code == 0, ended.err);
    return ended.out;
  }

  auto orders(std::size_t count, std::uint64_t seed) const -> std::string {
    auto lines = support::make_orders(count, seed);
    for (auto& line : lines) // ids that no other file has
      line.insert(0, std::to_string(seed) + "-");
    const auto file = files.path("orders-" + std::to_string(seed) + ".tsv");
    support::write_lines(file, lines);
    return file.string();
  }

  void import(std::size_t count, std::uint64_t seed) const { ask({"import", orders(count, seed)}); }

  /// Makes the store, so that it can be watched.
  void open() const {
    const auto file = files.path("first.tsv");
    support::write_lines(file, {"first\t7\tAB\t9\t1.00\tHH"});
    ask({"import", file.string()});
  }

  /// The tables hold what the events add up to.
  void check() const { BOOST_TEST(ask({"top", "1000"}) == ask({"top", "1000", "--from-events"})); }
};

/// Reads lines until one holds `part`, which it gives.
auto wait_for(program::running& watching, std::string_view part) -> std::string {
  auto line = watching.read_line();
  while (line && !line->contains(part))
    line = watching.read_line();
  BOOST_REQUIRE_MESSAGE(line, "no line with " << part);
  return *line;
}

/// The number of orders in a line.
auto count_in(const std::optional<std::string>& line) -> std::size_t {
  BOOST_REQUIRE(line);
  return std::stoul(*line);
}

} // namespace

BOOST_AUTO_TEST_SUITE(read_model)

BOOST_AUTO_TEST_CASE_TEMPLATE(top_and_balance_give_what_the_events_add_up_to, place, places) {
  const bank<place> here;
  for (std::uint64_t seed = 1; seed < 4; ++seed) { // the tables are made, then moved on
    here.import(150, seed);
    here.check();
  }
  std::istringstream top{here.ask({"top", "3"})};
  for (std::string balance, account; top >> balance >> account;) {
    BOOST_TEST(here.ask({"balance", account}) == balance + "\n");
    BOOST_TEST(here.ask({"balance", account, "--from-events"}) == balance + "\n");
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_account_that_is_not_there_is_told, place, places) {
  const bank<place> here;
  here.open();
  for (const auto& how : {std::vector<std::string>{}, {"--from-events"}}) {
    auto question = here.with_store({"balance", "home-3"});
    question.insert(question.end(), how.begin(), how.end());
    const auto asked = program::run(question);
    BOOST_TEST(asked.code == 1);
    BOOST_TEST(asked.err == "there is no account home-3 here\n");
  }
}

BOOST_AUTO_TEST_CASE(answers_come_from_the_tables_unless_the_events_are_asked) {
  const bank<sqlite_bank> here;
  here.open();
  BOOST_TEST(here.ask({"balance", "AB-9"}) == "1.00\n");
  {
    const auto store = ec::unwrap(ec::sqlite::open(here.scratch.path("bank.db")));
    ec::unwrap(store->transact({}, [](ec::transaction& within) -> ec::result<> {
      ec::unwrap(ec::sql_transaction::of(within))->session()
        << "UPDATE balances_g1 SET cents = 500000 WHERE account = 'AB-9'";
      return {};
    }));
  }
  BOOST_TEST(here.ask({"top", "1"}) == "       5000.00  AB-9\n");
  BOOST_TEST(here.ask({"balance", "AB-9"}) == "5000.00\n");
  BOOST_TEST(here.ask({"top", "1", "--from-events"}) == "        999.00  home-7\n");
  BOOST_TEST(here.ask({"balance", "AB-9", "--from-events"}) == "1.00\n");
}

BOOST_AUTO_TEST_CASE(a_log_without_events_has_no_accounts) {
  const bank<sqlite_bank> here;
  (void)ec::unwrap(ec::sqlite::open(here.scratch.path("bank.db")));
  BOOST_TEST(here.ask({"top"}) == "");
  BOOST_TEST(program::run(here.with_store({"balance", "home-3"})).code == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(watching)

BOOST_AUTO_TEST_CASE_TEMPLATE(watch_sees_what_another_process_imports, place, places) {
  const bank<place> here;
  here.open();
  program::running watching{here.with_store({"watch", "3", "--every", "20ms"})};
  wait_for(watching, "1 orders, ");
  here.import(300, 5);
  const auto line = wait_for(watching, "301 orders, ");
  watching.kill(SIGINT);
  const auto ended = watching.wait();
  BOOST_TEST(ended.code == 0, ended.err);
  BOOST_TEST(ended.err == "");
  const auto top = here.ask({"top", "1", "--from-events"});
  const auto account = top.substr(top.rfind(' ') + 1);
  BOOST_TEST(line.contains(", " + account.substr(0, account.size() - 1) + " holds "), line);
}

BOOST_AUTO_TEST_CASE(watch_ends_after_so_many_updates_or_so_long) {
  const bank<sqlite_bank> here;
  here.import(20, 6);
  const auto updates = here.ask({"watch", "--every", "1ms", "--updates", "4"});
  BOOST_TEST(std::ranges::count(updates, '\n') == 4, updates);
  const auto timed = here.ask({"watch", "--every", "10min", "--for", "50ms"});
  BOOST_TEST(std::ranges::count(timed, '\n') == 2, timed); // at its beginning and at its end
  const auto wrong = program::run(here.with_store({"watch", "--for", "5"}));
  BOOST_TEST(wrong.code == 2);
  BOOST_TEST(wrong.err.contains("--for"), wrong.err);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_watches_second_sees_the_same, place, places) {
  const bank<place> here;
  here.open();
  program::running one{here.with_store({"watch", "--every", "20ms"})};
  wait_for(one, "1 orders, ");
  program::running other{here.with_store({"watch", "--every", "20ms"})};
  here.import(50, 7);
  wait_for(one, "51 orders, ");
  wait_for(other, "51 orders, ");
  one.kill(SIGTERM);
  BOOST_TEST(one.wait().code == 0);
  here.import(50, 8);
  wait_for(other, "101 orders, "); // the lease was given back
  here.check();
}

BOOST_AUTO_TEST_CASE(a_view_on_a_terminal_is_shown_in_its_place) {
  const bank<sqlite_bank> here;
  here.import(20, 9);
  here.ask({"top"}); // makes the tables
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  BOOST_REQUIRE(terminal >= 0);
  BOOST_REQUIRE(grantpt(terminal) == 0);
  BOOST_REQUIRE(unlockpt(terminal) == 0);
  const auto command = std::string{"'" PROGRAM_UNDER_TEST "' watch 2 --every 1ms --updates 3 "}
                       + "--store '" + here.url + "' > " + ptsname(terminal);
  const int other_end = open(ptsname(terminal), O_RDWR | O_NOCTTY); // keeps what was written
  BOOST_REQUIRE(std::system(command.c_str()) == 0);
  std::string shown(10'000, '\0');
  const auto length = read(terminal, shown.data(), shown.size());
  close(other_end);
  close(terminal);
  BOOST_REQUIRE(length > 0);
  shown.resize(static_cast<std::size_t>(length));
  BOOST_TEST(shown.contains("20 orders, 0 per second, 0 events behind\x1b[K"), shown);
  BOOST_TEST(shown.contains("\x1b[3A"), shown);
  BOOST_TEST(shown.ends_with("\x1b[J"), shown);
}

// Imports go on meanwhile, and are killed, too. What a killed program was about to write is undone,
// and the next one goes on.
BOOST_AUTO_TEST_CASE_TEMPLATE(watching_that_is_killed_leaves_the_read_model_right, place, places) {
  const auto seed = support::test_seed();
  std::cout << "EVENTCORE_SEED=" << seed << '\n';
  std::mt19937_64 random{seed};
  const bank<place> here;
  here.open();
  for (std::uint64_t file = 10; file < 16; ++file) {
    const auto before = count_in(here.ask({"watch", "--updates", "1"}));
    program::running import{here.with_store({"import", here.orders(200, file)})};
    program::running watching{here.with_store({"watch", "--every", "1ms"})};
    while (count_in(watching.read_line()) <= before) { // until it leads, and has done something
    }
    for (std::size_t spins = random() % 4'000; spins > 0; --spins)
      std::this_thread::yield();
    watching.kill();
    if (file % 2 == 0)
      import.kill();
    BOOST_TEST(watching.wait().signal == SIGKILL);
    import.wait();
    here.check();
  }
  here.import(200, 10); // what the kill left of it
  here.check();
}

BOOST_AUTO_TEST_SUITE_END()
