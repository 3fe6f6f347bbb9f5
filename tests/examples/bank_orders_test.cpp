#include "orders.hpp"
#include "support/orders.hpp"

#include <array>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace {

namespace ec = eventcore;

struct bad_line {
  std::string_view line;
  std::string_view why;
};

/// A file with this content that goes away with the test.
class text_file {
public:
  explicit text_file(std::string_view content)
      : path_{std::filesystem::temp_directory_path()
              / ("bank-orders-" + std::to_string(getpid()) + ".tsv")} {
    std::ofstream{path_, std::ios::binary} << content;
  }
  ~text_file() { std::filesystem::remove(path_); }
  text_file(const text_file&) = delete;
  auto operator=(const text_file&) -> text_file& = delete;

  auto path() const -> const std::filesystem::path& { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(orders)

BOOST_AUTO_TEST_CASE(a_line_gives_both_accounts_and_the_amount) {
  const auto order = bank::parse_order("29405\t3\tCD\t24485939\t32.70\t ");
  BOOST_REQUIRE(order);
  BOOST_TEST(order->order == "29405");
  BOOST_TEST(order->from.id().text() == "account-home-3");
  BOOST_TEST(order->to.id().text() == "account-CD-24485939");
  BOOST_TEST(order->amount.cents == 3270);
}

BOOST_AUTO_TEST_CASE(the_same_number_at_two_banks_is_two_accounts) {
  const auto order = bank::parse_order("1\t700\tAB\t700\t1.00\tHH");
  BOOST_REQUIRE(order);
  BOOST_TEST((order->from != order->to));
  BOOST_TEST(bank::is_home(order->from));
  BOOST_TEST(!bank::is_home(order->to));
}

BOOST_AUTO_TEST_CASE(a_malformed_line_says_what_is_wrong) {
  constexpr std::array bad{
    bad_line{"1\t2\tAB\t3\t1.00", "5 columns instead of 6"},
    bad_line{"1\t2\tAB\t3\t1.00\tHH\t", "7 columns instead of 6"},
    bad_line{"nothing of that",
             "1 columns instead of 6 (order id, payer's account, bank, account to, "
             "amount, type, separated by tabs)"},
    bad_line{"\t2\tAB\t3\t1.00\tHH", "the order id \"\" is not 1 to 100 letters"},
    bad_line{"1 \t2\tAB\t3\t1.00\tHH", "the order id \"1 \" is not"},
    bad_line{"1\t\tAB\t3\t1.00\tHH", "the account number \"\" is not 1 to 40 letters and digits"},
    bad_line{"1\t2\t\t3\t1.00\tHH", "the bank \"\" is not 1 to 20 letters and digits"},
    bad_line{"1\t2\tA-B\t3\t1.00\tHH", "the bank \"A-B\" is not"},
    bad_line{"1\t2\tAB\t*\t1.00\tHH", "the account number \"*\" is not"},
    bad_line{"1\t2\tAB\t3\t12.3\tHH", "the amount \"12.3\" does not end"},
    bad_line{"1\t2\tAB\t3\t\tHH", "the amount is empty"},
    bad_line{"1\t2\tAB\t3\t1.00\t\xff", "it is not valid UTF-8"},
    bad_line{"1\t2\tAB\t3\t1.00\t\xc3", "it is not valid UTF-8"},
  };
  for (const auto& [line, why] : bad) {
    BOOST_TEST_CONTEXT(line) {
      const auto order = bank::parse_order(line);
      BOOST_REQUIRE(!order);
      BOOST_TEST((order.error().code == ec::errc::invalid_argument));
      BOOST_TEST(order.error().detail.contains(why), order.error().detail);
    }
  }
}

BOOST_AUTO_TEST_CASE(accounts_are_found_by_bank_and_number_or_by_their_stream) {
  BOOST_TEST((*bank::find_account("home-3") == *bank::account_at("home", "3")));
  BOOST_TEST((*bank::find_account("account-AB-3") == *bank::account_at("AB", "3")));
  BOOST_TEST(bank::find_account("3").error().detail
             == "\"3\" names no account; write its bank and its number, as in home-29401");
  BOOST_TEST(!bank::find_account("home-"));
}

BOOST_AUTO_TEST_CASE(a_file_is_read_line_by_line_with_the_numbers_that_editors_show) {
  const text_file written{"one\r\n\n\nfour\nfive"};
  auto file = bank::order_file::open(written.path());
  BOOST_REQUIRE(file);
  BOOST_REQUIRE(file->next());
  BOOST_TEST(*file->line() == "one");
  BOOST_TEST(file->number() == 1);
  BOOST_REQUIRE(file->next());
  BOOST_TEST(*file->line() == "four");
  BOOST_TEST(file->number() == 4);
  BOOST_REQUIRE(file->next());
  BOOST_TEST(*file->line() == "five");
  BOOST_TEST(!file->next());
  BOOST_TEST(!file->read_failure());
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_refused_and_the_next_one_is_read) {
  const text_file written{std::string(100'000, 'x') + "\nnext\n" + std::string(4096, 'y')};
  auto file = bank::order_file::open(written.path());
  BOOST_REQUIRE(file);
  BOOST_REQUIRE(file->next());
  BOOST_TEST(file->line().error().detail == "it is longer than 4096 bytes");
  BOOST_REQUIRE(file->next());
  BOOST_TEST(*file->line() == "next");
  BOOST_TEST(file->number() == 2);
  BOOST_REQUIRE(file->next());
  BOOST_TEST(file->line()->size() == 4096);
  BOOST_TEST(!file->next());
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read_are_told_from_empty_ones) {
  const auto missing = bank::order_file::open("/nowhere/orders.tsv");
  BOOST_REQUIRE(!missing);
  BOOST_TEST((missing.error().code == ec::errc::not_found));
  BOOST_TEST(missing.error().detail
             == "/nowhere/orders.tsv cannot be opened: No such file or directory");
  BOOST_TEST(bank::order_file::open("/tmp").error().detail
             == "/tmp is a directory, not a file of orders");
  // The memory of this process opens as a file, and nothing can be read at its beginning.
  auto unreadable = bank::order_file::open("/proc/self/mem");
  BOOST_REQUIRE(unreadable);
  BOOST_TEST(!unreadable->next());
  BOOST_REQUIRE(unreadable->read_failure());
  BOOST_TEST(unreadable->read_failure()->detail
             == "/proc/self/mem could not be read further than line 0");
}

BOOST_AUTO_TEST_CASE(generated_orders_are_repeatable_and_of_the_real_shape) {
  const auto lines = support::make_orders(2000, 7);
  BOOST_TEST((lines == support::make_orders(2000, 7)));
  BOOST_TEST((lines != support::make_orders(2000, 8)));
  std::multiset<std::string> payers;
  std::size_t home_payees = 0;
  std::size_t below_one = 0;
  for (const auto& line : lines) {
    const auto order = bank::parse_order(line);
    BOOST_REQUIRE_MESSAGE(order, line << ": " << order.error().detail);
    payers.insert(order->from.id().text());
    home_payees += bank::is_home(order->to) ? 1 : 0;
    below_one += line.contains("\t.") ? 1 : 0;
  }
  BOOST_TEST(payers.count("account-home-1") > 0);
  BOOST_TEST((std::set<std::string>{payers.begin(), payers.end()}.size() < 1500));
  BOOST_TEST(home_payees > 5);
  BOOST_TEST(below_one > 5);
}

BOOST_AUTO_TEST_SUITE_END()
