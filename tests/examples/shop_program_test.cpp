#include "program.hpp"

#include <eventcore/testing/postgres_server.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace ec = eventcore;

// The shop as its customers use it, on a file and on a server.

namespace {

/// A shop on a file.
struct sqlite_shop {
  program::scratch scratch{};
  std::string url = scratch.store("shop.db");
};

/// A shop on a server, which all tests here share.
struct postgres_shop {
  postgres_shop() {
    static int count = 0;
    static const auto server =
      ec::unwrap(ec::testing::postgres_server::start({.password = "Sesam"}));
    const auto name = "shop_" + std::to_string(++count);
    server->create_database(name);
    url = server->url(name);
  }

  std::string url{};
};

using places = std::tuple<sqlite_shop, postgres_shop>;

template <class Place>
struct shop : Place {
  auto ask(std::vector<std::string> what) const -> program::finished {
    what.insert(what.end(), {"--store", this->url});
    return program::run(what);
  }

  /// What it says to what it does.
  auto act(const std::vector<std::string>& what) const -> std::string {
    const auto ended = ask(what);
    BOOST_TEST(ended.code == 0, ended.err);
    BOOST_TEST(ended.err == "");
    return ended.out;
  }

  void refuses(const std::vector<std::string>& what, const std::string& why) const {
    const auto ended = ask(what);
    BOOST_TEST(ended.code == 1, ended.err);
    BOOST_TEST(ended.out == "");
    BOOST_TEST(ended.err == why + "\n");
  }
};

/// The numbers of a list: one column of it, counted from 0.
auto column(const std::string& list, std::size_t wanted) -> std::vector<long> {
  std::vector<long> numbers;
  std::istringstream lines{list};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string word;
    for (std::size_t i = 0; i <= wanted; ++i)
      words >> word;
    numbers.push_back(std::stol(word));
  }
  return numbers;
}

} // namespace

BOOST_AUTO_TEST_SUITE(shop_program)

BOOST_AUTO_TEST_CASE_TEMPLATE(an_order_is_placed_paid_and_sent_back, place, places) {
  const shop<place> here;
  BOOST_TEST(here.act({"restock", "1", "cup", "10", "300"}) == "done\n");
  BOOST_TEST(here.act({"restock", "2", "teapot", "2", "2000"}) == "done\n");
  BOOST_TEST(here.act({"place", "1001", "anna", "cup", "2", "teapot", "1"}) == "done\n");
  BOOST_TEST(here.act({"place", "1002", "ben", "teapot", "2"}) == "done\n");
  BOOST_TEST(here.act({"stock"})
             == "cup          10 left at    300 cents\n"
                "teapot        2 left at   2000 cents\n");
  BOOST_TEST(here.act({"pay", "1001", "tx-1", "2600"}) == "done\n");
  here.refuses({"pay", "1002", "tx-2", "4000"}, "of teapot there are 1 left, not 2");
  BOOST_TEST(here.act({"orders"})
             == "1001       anna          3 pieces     2600 cents  paid\n"
                "1002       ben           2 pieces     4000 cents  open\n");
  BOOST_TEST(here.act({"cancel", "1001"}) == "done\n");
  BOOST_TEST(here.act({"pay", "1002", "tx-2", "4000"}) == "done\n");
  BOOST_TEST(here.act({"orders", "--customer", "anna"})
             == "1001       anna          3 pieces     2600 cents  cancelled\n");
  BOOST_TEST(here.act({"best-sellers"})
             == "teapot        2 sold for     4000 cents\n"
                "cup           0 sold for        0 cents\n");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_asked_for_again_is_done_once, place, places) {
  const shop<place> here;
  for (const auto* const said : {"done\n", "done before\n"}) {
    BOOST_TEST(here.act({"restock", "1", "cup", "10", "300"}) == said);
    BOOST_TEST(here.act({"place", "1001", "anna", "cup", "2"}) == said);
    BOOST_TEST(here.act({"pay", "1001", "tx-1", "600"}) == said);
    BOOST_TEST(here.act({"cancel", "1001"}) == said);
  }
  BOOST_TEST(here.act({"stock"}) == "cup          10 left at    300 cents\n");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(eight_customers_buy_what_is_there, place, places) {
  const shop<place> here;
  for (int i = 0; i < 2; ++i) // the second time nothing happens
    BOOST_TEST(here.act({"seed", "--orders", "20"}) == "done\n");
  const auto left = column(here.act({"stock"}), 1);
  const auto sold = column(here.act({"best-sellers"}), 1);
  BOOST_TEST(left.size() == 5U);
  BOOST_TEST(*std::ranges::min_element(left) >= 0);
  BOOST_CHECK(std::ranges::is_sorted(sold, std::greater{}));
  BOOST_TEST(std::reduce(left.begin(), left.end()) + std::reduce(sold.begin(), sold.end()) == 1270);
  BOOST_TEST(sold.back() > 0);
  BOOST_TEST(column(here.act({"best-sellers", "--count", "2"}), 1).size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_store_is_a_setting_as_well) {
  const shop<sqlite_shop> here;
  BOOST_TEST(here.act({"restock", "1", "cup", "10", "300"}) == "done\n");
  BOOST_TEST(program::run({"stock", "--eventcore.store=" + here.url}).out
             == "cup          10 left at    300 cents\n");
}

BOOST_AUTO_TEST_CASE(wrong_use_is_told) {
  const shop<sqlite_shop> here;
  BOOST_TEST(program::run({}).code != 0);
  BOOST_TEST(here.ask({"stock"}).code == 2); // a question makes no store
  BOOST_TEST(here.ask({"place", "1001", "anna"}).err.contains("ITEM PIECES"));
  BOOST_TEST(here.ask({"place", "1001", "anna", "c*p", "1"}).code == 2);
  const auto setting = here.ask({"cancel", "1", "--eventcore.no-such-setting=1"});
  BOOST_TEST(setting.code == 2);
  BOOST_TEST(setting.err.contains("no-such-setting"), setting.err);
  BOOST_TEST(program::run({"--help"}).out.contains("best-sellers"));
}

BOOST_AUTO_TEST_SUITE_END()
