#include "domain.hpp"
#include "program.hpp"
#include "support/orders.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

using program::run;

namespace forgery {

namespace ec = eventcore;
using bank::account;

// Commands that no bank would have, to see that they are found out.

struct deposit_from_nowhere {
  ec::stream<account> id;

  auto handle(const account&) const -> ec::result<bank::money_deposited> {
    return bank::money_deposited{"77", *ec::stream<account>::of("AB-9"), {500}};
  }
};
BOOST_DESCRIBE_STRUCT(deposit_from_nowhere, (), (id))

struct withdraw_into_nothing {
  ec::stream<account> id;

  auto handle(const account&) const -> ec::result<bank::money_withdrawn> {
    return bank::money_withdrawn{"78", *ec::stream<account>::of("AB-9"), {999'999}};
  }
};
BOOST_DESCRIBE_STRUCT(withdraw_into_nothing, (), (id))

struct reject_again {
  ec::stream<account> id;

  auto handle(const account&) const -> ec::result<bank::order_rejected> {
    return bank::order_rejected{"1", bank::rejection::insufficient_funds};
  }
};
BOOST_DESCRIBE_STRUCT(reject_again, (), (id))

struct open_again {
  ec::stream<account> id;

  auto handle(const account&) const -> ec::result<bank::account_opened> {
    return bank::account_opened{{1}};
  }
};
BOOST_DESCRIBE_STRUCT(open_again, (), (id))

} // namespace forgery

namespace {

namespace ec = eventcore;

/// A small bank: home-1 pays home-2 and AB-9, and once cannot.
struct small_bank {
  program::scratch scratch{};
  std::string store = scratch.store();

  small_bank() {
    const auto file = scratch.path("orders.tsv");
    support::write_lines(file, {"1\t1\thome\t2\t10.00\tHH", "2\t1\tAB\t9\t.80\tHH",
                                "3\t1\tAB\t9\t1000.00\tHH", "4\t2\tAB\t8\t1.00\tHH"});
    BOOST_REQUIRE(run({"import", file.string(), "--store", store}).code == 0);
  }

  auto ask(std::vector<std::string> question) const -> program::finished {
    question.insert(question.end(), {"--store", store});
    return run(question);
  }

  void forge(const ec::any_command& command) const {
    const auto opened = ec::unwrap(ec::sqlite::open(scratch.path("bank.db")));
    ec::unwrap(ec::execute(*opened, command));
  }

  /// Changes the tables behind the store's back.
  void tamper(const std::string& sql) const {
    sqlite3* opened = nullptr;
    BOOST_REQUIRE(sqlite3_open(scratch.path("bank.db").c_str(), &opened) == SQLITE_OK);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database{opened, &sqlite3_close};
    const auto all =
      "DROP TRIGGER events_are_not_updated; DROP TRIGGER events_are_not_deleted;" + sql;
    BOOST_REQUIRE_MESSAGE(sqlite3_exec(opened, all.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
                          sqlite3_errmsg(opened));
  }

  void finds(std::string_view problem) const {
    const auto checked = ask({"verify"});
    BOOST_TEST(checked.code == 1, checked.err);
    BOOST_TEST(checked.out.contains(problem), problem << " is not in\n" << checked.out);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(reports)

BOOST_AUTO_TEST_CASE(the_balance_is_what_the_events_add_up_to) {
  const small_bank bank;
  BOOST_TEST(bank.ask({"balance", "home-1"}).out == "989.20\n");
  BOOST_TEST(bank.ask({"balance", "account-home-2"}).out == "1009.00\n");
  BOOST_TEST(bank.ask({"balance", "AB-9"}).out == "0.80\n");
  const auto unknown = bank.ask({"balance", "home-3"});
  BOOST_TEST(unknown.code == 1);
  BOOST_TEST(unknown.err == "there is no account home-3 here\n");
}

BOOST_AUTO_TEST_CASE(a_statement_lists_each_event_with_the_balance_after_it) {
  const small_bank bank;
  const auto statement = bank.ask({"statement", "home-1"});
  BOOST_TEST(statement.code == 0);
  const auto without_times =
    std::regex_replace(statement.out, std::regex{R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"}, "<time>");
  BOOST_TEST(without_times
             == "<time>         1000.00         1000.00  opened\n"
                "<time>          -10.00          990.00  order 1 paid to home-2\n"
                "<time>           -0.80          989.20  order 2 paid to AB-9\n"
                "<time>            0.00          989.20  order 3 rejected: insufficient funds\n");
  BOOST_TEST(bank.ask({"statement", "home-2"}).out.contains("  order 1 received from home-1\n"));
  BOOST_TEST(bank.ask({"statement", "home-3"}).code == 1);
}

BOOST_AUTO_TEST_CASE(a_statement_of_many_pages_is_complete) {
  const program::scratch scratch;
  std::vector<std::string> lines;
  for (int i = 1; i <= 450; ++i)
    lines.push_back(std::to_string(i) + "\t1\tAB\t9\t.01\tHH");
  support::write_lines(scratch.path("orders.tsv"), lines);
  BOOST_REQUIRE(
    run({"import", scratch.path("orders.tsv").string(), "--store", scratch.store()}).code == 0);
  const auto statement = run({"statement", "AB-9", "--store", scratch.store()}).out;
  BOOST_TEST(std::ranges::count(statement, '\n') == 451);
  BOOST_TEST(statement.contains("4.50  order 450 received from home-1\n"));
}

BOOST_AUTO_TEST_CASE(the_richest_accounts_come_first) {
  const small_bank bank;
  BOOST_TEST(bank.ask({"top", "3"}).out
             == "       1009.00  home-2\n"
                "        989.20  home-1\n"
                "          1.00  AB-8\n");
  BOOST_TEST(bank.ask({"top"}).out.contains("          0.80  AB-9\n"));
}

BOOST_AUTO_TEST_CASE(a_number_of_accounts_that_is_none_is_refused) {
  const small_bank bank;
  for (const char* count : {"0", "-1", "1.5", "x", "99999999999999999999"}) {
    const auto asked = bank.ask({"top", count});
    BOOST_TEST(asked.code == 2, count);
    BOOST_TEST(asked.err.contains(count));
    BOOST_TEST(asked.out.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(verifying)

BOOST_AUTO_TEST_CASE(sound_books_give_one_good_line_for_each_check) {
  const small_bank bank;
  const auto checked = bank.ask({"verify"});
  BOOST_TEST(checked.code == 0, checked.err);
  BOOST_TEST(checked.out
             == "ok     positions 1 to 11 have no gap\n"
                "ok     the versions of 4 streams run from 1 without a gap\n"
                "ok     every account was opened once, by its first event\n"
                "ok     each of 4 orders was done once\n"
                "ok     every withdrawal has its deposit, in the same commit\n"
                "ok     no account was ever below zero\n"
                "ok     the sum of all balances is the sum of all opening balances\n"
                "ok     the store is not damaged\n");
}

BOOST_AUTO_TEST_CASE(a_deposit_from_nowhere_is_found) {
  const small_bank bank;
  bank.forge(forgery::deposit_from_nowhere{{"home-1"}});
  bank.finds("WRONG  every withdrawal has its deposit, in the same commit: 1 found\n"
             "       order 77 at position 12: a deposit without its withdrawal\n");
  bank.finds("WRONG  the sum of all balances is the sum of all opening balances: 1 found\n"
             "       200000 cents were paid in at the opening, 200500 cents are there\n");
}

BOOST_AUTO_TEST_CASE(a_withdrawal_into_nothing_is_found) {
  const small_bank bank;
  bank.forge(forgery::withdraw_into_nothing{{"home-1"}});
  bank.finds("       order 78 at position 12: a withdrawal without its deposit\n");
  bank.finds("WRONG  no account was ever below zero: 1 found\n"
             "       account-home-1 at position 12: -9010.79\n");
}

BOOST_AUTO_TEST_CASE(an_order_that_was_done_twice_is_found) {
  const small_bank bank;
  bank.forge(forgery::reject_again{{"home-1"}});
  bank.finds("WRONG  each of 4 orders was done once: 1 found\n"
             "       order 1 at position 12: done a second time\n");
}

BOOST_AUTO_TEST_CASE(an_account_that_was_opened_twice_or_never_is_found) {
  const small_bank bank;
  bank.forge(forgery::open_again{{"home-1"}});
  bank.finds("       account-home-1: 'account_opened' is its event number 5\n");
  bank.forge(forgery::reject_again{{"home-3"}});
  bank.finds("       account-home-3: 'order_rejected' is its event number 1\n");
}

BOOST_AUTO_TEST_CASE(a_missing_event_is_found) {
  const small_bank bank;
  bank.tamper("DELETE FROM events WHERE position = 8;");
  bank.finds("WRONG  positions 1 to 11 have no gap: 1 found\n"
             "       9 follows on 7\n");
  bank.finds("WRONG  the store is not damaged: ");
}

BOOST_AUTO_TEST_CASE(an_unreadable_event_is_a_failure_that_names_it) {
  const small_bank bank;
  bank.tamper(
    "UPDATE events SET payload = CAST('{\"balance\":\"much\"}' AS BLOB) WHERE position = 1;");
  const auto checked = bank.ask({"verify"});
  BOOST_TEST(checked.code == 3);
  BOOST_TEST(checked.err.contains("event 'account_opened' at position 1 of stream account-home-1"),
             checked.err);
}

BOOST_AUTO_TEST_SUITE_END()
