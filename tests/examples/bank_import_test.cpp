#include "program.hpp"
#include "support/orders.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>

using program::run;

namespace {

const std::string sample = BANK_SOURCES "/orders.tsv";

/// A store and an order file of a test.
struct desk {
  program::scratch scratch{};
  std::string store = scratch.store();
  std::string file = scratch.path("some.tsv").string();

  auto import(const std::vector<std::string>& lines,
              const std::vector<std::string>& options = {}) const -> program::finished {
    support::write_lines(file, lines);
    std::vector<std::string> arguments{"import", file, "--store", store};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run(arguments);
  }

  auto balance(const std::string& account) const -> std::string {
    return run({"balance", account, "--store", store}).out;
  }
};

auto contains(const std::string& text, std::string_view part) -> bool {
  return text.contains(part);
}

} // namespace

BOOST_AUTO_TEST_SUITE(importing)

BOOST_AUTO_TEST_CASE(every_order_of_the_sample_is_executed_or_rejected) {
  const desk here;
  const auto imported = run({"import", sample, "--store", here.store});
  BOOST_TEST(imported.code == 0, imported.err);
  BOOST_TEST(imported.err == "");
  BOOST_TEST(contains(imported.out, "200 orders in "));
  BOOST_TEST(contains(imported.out, "\n  executed      168\n"
                                    "  rejected      32 (insufficient funds 32)\n"
                                    "  already done  0\n"
                                    "  bad lines     0\n"
                                    "  new accounts  294\n"
                                    "  retries       0\n"),
             imported.out);
  const auto checked = run({"verify", "--store", here.store});
  BOOST_TEST(checked.code == 0, checked.out << checked.err);
}

BOOST_AUTO_TEST_CASE(the_program_that_makes_the_sample_gives_the_sample) {
  const desk here;
  const auto made = here.scratch.path("made.tsv");
  const auto command = "'" BANK_SOURCES "/make_orders.sh' > '" + made.string() + "'";
  BOOST_REQUIRE(std::system(command.c_str()) == 0);
  BOOST_TEST((support::read_lines(made) == support::read_lines(sample)));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_imported_twice_changes_nothing_and_says_so) {
  const desk here;
  BOOST_REQUIRE(run({"import", sample, "--store", here.store}).code == 0);
  const auto before = run({"verify", "--store", here.store}).out;
  const auto again = run({"import", sample, "--store", here.store, "--opening-balance", "5.00"});
  BOOST_TEST(again.code == 0);
  BOOST_TEST(contains(again.out, "\n  executed      0\n  rejected      0\n  already done  200\n"),
             again.out);
  BOOST_TEST(contains(again.out, "nothing changed: all of these orders were done before\n"));
  BOOST_TEST(run({"verify", "--store", here.store}).out == before);
}

BOOST_AUTO_TEST_CASE(home_accounts_open_with_the_balance_that_is_given_and_others_with_nothing) {
  const desk here;
  const auto imported = here.import({"1\t7\tAB\t9\t.80\tHH"}, {"--opening-balance", "20.00"});
  BOOST_TEST(imported.code == 0, imported.err);
  BOOST_TEST(here.balance("home-7") == "19.20\n");
  BOOST_TEST(here.balance("AB-9") == "0.80\n");
}

BOOST_AUTO_TEST_CASE(bad_lines_are_told_with_their_numbers_and_skipped) {
  const desk here;
  const auto imported = here.import(
    {"1\t7\tAB\t9\t1.00\tHH", "2\t7\tAB\t9\t12.3\tHH", "3\t7\tAB\t9\t1e3\tHH",
     "4\t7\tAB\t9\t-5\tHH", "5\t7\tAB\t9\t99999999999999999999\tHH", "6\t7\tAB\t9\t1.00",
     "7\t7\tAB\t9\t1.00\tHH\tmore", "\t7\tAB\t9\t1.00\tHH", "9\t\tAB\t9\t1.00\tHH",
     "10\t7\tAB\t9\t1.00\t\xff\xfe", "11\t7\thome\t7\t1.00\tHH", "12\t7\tAB\t9\t0.00\tHH",
     "1\t7\tAB\t9\t2.00\tHH", std::string(5000, '7'), "15\t7\tAB\t9\t1.00\t"},
    {"--on-error", "skip"});
  BOOST_TEST(imported.code == 1);
  BOOST_TEST(contains(imported.out, "2 orders in "), imported.out);
  BOOST_TEST(contains(imported.out, "\n  executed      2\n"), imported.out);
  BOOST_TEST(contains(imported.out, "\n  bad lines     13\n"), imported.out);
  constexpr std::array<std::string_view, 13> told{
    "some.tsv:2: the amount \"12.3\" does not end in a dot and two digits, as in 1000.00 or .80\n",
    "some.tsv:3: the amount \"1e3\" holds \"e\"; it takes digits and one dot, as in 1000.00 or "
    ".80\n",
    "some.tsv:4: the amount \"-5\" has a sign; amounts are written without one\n",
    "some.tsv:5: the amount \"99999999999999999999\" is too large\n",
    "some.tsv:6: 5 columns instead of 6 ",
    "some.tsv:7: 7 columns instead of 6 ",
    "some.tsv:8: the order id \"\" is not 1 to 100 letters, digits and any of - _ . : /\n",
    "some.tsv:9: the account number \"\" is not 1 to 40 letters and digits\n",
    "some.tsv:10: it is not valid UTF-8\n",
    "some.tsv:11: account-home-7 cannot pay 1.00 to account-home-7\n",
    "some.tsv:12: account-home-7 cannot pay 0.00 to account-AB-9\n",
    "some.tsv:13: order 1 was given before with other accounts or another amount",
    "some.tsv:14: it is longer than 4096 bytes\n",
  };
  for (const auto text : told)
    BOOST_TEST(contains(imported.err, text), text << " is not in\n" << imported.err);
  BOOST_TEST(here.balance("AB-9") == "2.00\n");
}

BOOST_AUTO_TEST_CASE(an_import_stops_at_the_first_bad_line_unless_told_otherwise) {
  const desk here;
  const std::string first = "1\t7\tAB\t9\t1.00\tHH";
  const std::string last = "3\t7\tAB\t9\t1.00\tHH";
  const auto stopped = here.import({first, "2\t7\tAB\t9\t12.3\tHH", last});
  BOOST_TEST(stopped.code == 2);
  BOOST_TEST(
    stopped.err
    == "some.tsv:2: the amount \"12.3\" does not end in a dot and two digits, as in 1000.00 "
       "or .80\nstopped there; what is done stays done. Correct the line and import the file "
       "again, or go on past such lines with --on-error skip\n");
  BOOST_TEST(contains(stopped.out, "\n  executed      1\n"), stopped.out);
  BOOST_TEST(here.balance("AB-9") == "1.00\n");

  const auto corrected = here.import({first, "2\t7\tAB\t9\t12.30\tHH", last});
  BOOST_TEST(corrected.code == 0);
  BOOST_TEST(contains(corrected.out, "\n  executed      2\n"), corrected.out);
  BOOST_TEST(contains(corrected.out, "\n  already done  1\n"), corrected.out);
  BOOST_TEST(here.balance("AB-9") == "14.30\n");
}

BOOST_AUTO_TEST_CASE(any_number_in_flight_gives_the_same_books) {
  const auto lines = support::make_orders(120, 5);
  const desk one_by_one;
  const desk together;
  const auto slow = one_by_one.import(lines, {"--in-flight", "1", "--opening-balance", "600.00"});
  const auto fast = together.import(lines, {"--in-flight", "64", "--opening-balance", "600.00"});
  BOOST_TEST(slow.code == 0, slow.err);
  BOOST_TEST(fast.code == 0, fast.err);
  BOOST_TEST(slow.out.substr(slow.out.find('\n')) == fast.out.substr(fast.out.find('\n')));
  BOOST_TEST(contains(fast.out, "(insufficient funds "), fast.out);
  const auto all = [](const desk& at) { return run({"top", "1000", "--store", at.store}).out; };
  BOOST_TEST(all(one_by_one) == all(together));
}

BOOST_AUTO_TEST_CASE(orders_that_share_an_account_are_executed_in_their_order) {
  constexpr int orders = 300;
  std::vector<std::string> lines;
  for (int i = 1; i <= orders; ++i) // each pays on all that the one before has brought
    lines.push_back(std::to_string(i) + "\t" + std::to_string(i) + "\thome\t"
                    + std::to_string(i + 1) + "\t" + std::to_string(i) + ".00\tHH");
  const desk here;
  const auto imported = here.import(lines, {"--opening-balance", "1.00"});
  BOOST_TEST(imported.code == 0, imported.err);
  BOOST_TEST(contains(imported.out, "\n  executed      300\n  rejected      0\n"), imported.out);
  BOOST_TEST(here.balance("home-301") == "301.00\n");
}

BOOST_AUTO_TEST_CASE(an_order_that_comes_again_with_other_content_is_refused_and_opens_no_account) {
  const desk here;
  const auto imported =
    here.import({"1\t7\tAB\t9\t1.00\tHH", "1\t7\tAB\t9\t1.00\tHH", "1\t8\tCD\t9\t1.00\tHH"});
  BOOST_TEST(imported.code == 2);
  BOOST_TEST(contains(imported.err, "some.tsv:3: order 1 was given before with other accounts or "
                                    "another amount; give this one an id of its own\n"),
             imported.err);
  BOOST_TEST(contains(imported.out, "\n  executed      1\n"), imported.out);
  BOOST_TEST(contains(imported.out, "\n  already done  1\n"), imported.out);
  BOOST_TEST(contains(imported.out, "\n  new accounts  2\n"), imported.out);
  BOOST_TEST(run({"balance", "home-8", "--store", here.store}).code == 1);
}

BOOST_AUTO_TEST_CASE(a_rejected_order_stays_rejected_when_there_is_money_later) {
  const desk here;
  const std::string too_much = "1\t7\tAB\t9\t5.00\tHH";
  const auto first = here.import({too_much}, {"--opening-balance", "4.00"});
  BOOST_TEST(contains(first.out, "\n  rejected      1 (insufficient funds 1)\n"), first.out);
  const auto second =
    here.import({"2\t8\thome\t7\t4.00\tHH", too_much}, {"--opening-balance", "4.00"});
  BOOST_TEST(contains(second.out, "\n  executed      1\n"), second.out);
  BOOST_TEST(contains(second.out, "\n  already done  1\n"), second.out);
  BOOST_TEST(here.balance("home-7") == "8.00\n");
}

BOOST_AUTO_TEST_CASE(done_orders_are_listed_on_request_and_nothing_else_is) {
  const desk here;
  const auto imported =
    here.import({"1\t7\tAB\t9\t1.00\tHH", "x/2\t7\tAB\t9\t5000.00\tHH"}, {"--print-done"});
  BOOST_TEST(imported.out == "1\nx/2\n");
  BOOST_TEST(contains(imported.err, "2 orders in "), imported.err);
}

BOOST_AUTO_TEST_CASE(progress_is_shown_on_a_terminal) {
  const desk here;
  support::write_lines(here.file, {"1\t7\tAB\t9\t1.00\tHH"});
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  BOOST_REQUIRE(terminal >= 0);
  BOOST_REQUIRE(grantpt(terminal) == 0);
  BOOST_REQUIRE(unlockpt(terminal) == 0);
  const int other_end = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  BOOST_REQUIRE(other_end >= 0);
  BOOST_TEST(program::running({"import", here.file, "--store", here.store}, other_end).wait().code
             == 0);
  std::array<char, 1000> shown{};
  const auto length = read(terminal, shown.data(), shown.size());
  close(other_end);
  close(terminal);
  BOOST_REQUIRE(length > 0);
  BOOST_TEST(contains({shown.data(), static_cast<std::size_t>(length)}, "\r1 orders, "));
}

BOOST_AUTO_TEST_CASE(a_whole_file_is_imported_in_little_memory_and_once_only) {
  const desk here;
  auto file = support::real_orders();
  if (!file) {
    file = here.file;
    support::write_lines(*file, support::make_orders(6471, 1));
  }
  const std::vector<std::string> import{"import", file->string(), "--store", here.store};
  const auto first = run(import);
  BOOST_TEST(first.code == 0, first.err);
  BOOST_TEST_MESSAGE(first.out << first.most_memory_kib << " KiB");
#ifndef __SANITIZE_ADDRESS__
  BOOST_TEST(first.most_memory_kib < 64 * 1024);
#endif
  const auto checked = run({"verify", "--store", here.store});
  BOOST_TEST(checked.code == 0, checked.out << checked.err);
  const auto second = run(import);
  BOOST_TEST(second.code == 0, second.err);
  BOOST_TEST(contains(second.out, "nothing changed: all of these orders were done before\n"));
  BOOST_TEST(run({"verify", "--store", here.store}).out == checked.out);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(wrong_use)

BOOST_AUTO_TEST_CASE(arguments_that_are_wrong_stop_the_program) {
  BOOST_TEST(run({}).code == 2);
  BOOST_TEST(run({"export"}).code == 2);
  BOOST_TEST(run({"import"}).code == 2);
  const auto amount = run({"import", sample, "--store", "memory:", "--opening-balance", "12.3"});
  BOOST_TEST(amount.code == 2);
  BOOST_TEST(contains(amount.err, "--opening-balance: the amount \"12.3\" does not end in a dot"),
             amount.err);
  const auto mode = run({"import", sample, "--store", "memory:", "--on-error", "ignore"});
  BOOST_TEST(mode.code == 2);
  BOOST_TEST(contains(mode.err, "--on-error: ignore not in {"), mode.err);
  const auto account = run({"balance", "7", "--store", "memory:"});
  BOOST_TEST(account.code == 2);
  BOOST_TEST(account.err
             == "bank: \"7\" names no account; write its bank and its number, as in home-29401\n");
}

BOOST_AUTO_TEST_CASE(the_help_names_every_command_and_exit_code) {
  const auto help = run({"--help"});
  BOOST_TEST(help.code == 0);
  for (const auto* part :
       {"import", "balance", "statement", "top", "verify", "watch", "Exit codes:", "  3  "})
    BOOST_TEST(contains(help.out, part), part);
  BOOST_TEST(contains(run({"import", "--help"}).out, "sqlite:bank.db"));
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read_are_told_and_make_no_store) {
  const desk here;
  const auto missing = run({"import", "/nowhere/orders.tsv", "--store", here.store});
  BOOST_TEST(missing.code == 2);
  BOOST_TEST(contains(missing.err, "/nowhere/orders.tsv"), missing.err);
  const auto directory = run({"import", "/tmp", "--store", here.store});
  BOOST_TEST(directory.code == 2);
  BOOST_TEST(contains(directory.err, "/tmp"), directory.err);
  BOOST_TEST(!std::filesystem::exists(here.scratch.path("bank.db")));
  const auto unreadable = run({"import", "/proc/self/mem", "--store", here.store});
  BOOST_TEST(unreadable.code == 2);
  BOOST_TEST(contains(unreadable.err, "/proc/self/mem could not be read further than line 0"),
             unreadable.err);
}

BOOST_AUTO_TEST_CASE(stores_that_cannot_be_opened_are_told) {
  const desk here;
  const auto unknown = run({"import", sample, "--store", "oracle:bank"});
  BOOST_TEST(unknown.code == 2);
  BOOST_TEST(unknown.err
             == "bank: 'oracle:bank' does not name a store: a store's URL begins with one of "
                "memory:, postgres:, postgresql:, sqlite:\n");
  const auto directory = run({"import", sample, "--store", "sqlite:/tmp"});
  BOOST_TEST(directory.code != 0);
  BOOST_TEST(contains(directory.err, "/tmp"), directory.err);
  const auto nowhere = run({"import", sample, "--store", "sqlite:/nowhere/bank.db"});
  BOOST_TEST(nowhere.code != 0);
  BOOST_TEST(contains(nowhere.err, "/nowhere/bank.db"), nowhere.err);
  const auto no_database = run({"import", sample, "--store", "sqlite:" + sample});
  BOOST_TEST(no_database.code == 3);
  BOOST_TEST(contains(no_database.err, "orders.tsv"), no_database.err);
}

BOOST_AUTO_TEST_CASE(questions_make_no_store) {
  const desk here;
  for (const auto& question : {std::vector<std::string>{"verify"},
                               {"top"},
                               {"balance", "home-1"},
                               {"statement", "home-1"}}) {
    auto arguments = question;
    arguments.insert(arguments.end(), {"--store", here.store});
    const auto asked = run(arguments);
    BOOST_TEST(asked.code == 2, question.front());
    BOOST_TEST(contains(asked.err, "bank.db"), asked.err);
  }
  BOOST_TEST(!std::filesystem::exists(here.scratch.path("bank.db")));
}

BOOST_AUTO_TEST_CASE(output_that_cannot_be_written_is_a_failure) {
  const desk here;
  support::write_lines(here.file, {"1\t7\tAB\t9\t1.00\tHH"});
  const auto command = std::string{"'" PROGRAM_UNDER_TEST "' import '"} + here.file + "' --store '"
                       + here.store + "' --print-done > /dev/full 2> /dev/null";
  BOOST_TEST(WEXITSTATUS(std::system(command.c_str())) == 3);
}

BOOST_AUTO_TEST_SUITE_END()
