#include "program.hpp"
#include "support/orders.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace {

/// The number that a summary gives for `what`.
auto number(const std::string& summary, std::string_view what) -> std::uint64_t {
  const auto at = summary.find("  " + std::string{what} + " ");
  BOOST_REQUIRE_MESSAGE(at != summary.npos, summary);
  return std::stoull(summary.substr(at + 2 + what.size()));
}

/// What several imports did together.
struct totals {
  std::uint64_t executed = 0;
  std::uint64_t rejected = 0;
  std::uint64_t already_done = 0;
  std::uint64_t new_accounts = 0;
};

auto import_together(const std::vector<std::string>& files, const std::string& store) -> totals {
  std::vector<std::unique_ptr<program::running>> all;
  for (const auto& file : files)
    all.push_back(std::make_unique<program::running>(
      std::vector<std::string>{"import", file, "--store", store}));
  totals sum;
  for (const auto& one : all) {
    const auto ended = one->wait();
    BOOST_TEST(ended.code == 0);
    BOOST_TEST(ended.err == "");
    sum.executed += number(ended.out, "executed");
    sum.rejected += number(ended.out, "rejected");
    sum.already_done += number(ended.out, "already done");
    sum.new_accounts += number(ended.out, "new accounts");
  }
  return sum;
}

void check_books(const std::string& store) {
  const auto checked = program::run({"verify", "--store", store});
  BOOST_TEST(checked.code == 0, checked.out << checked.err);
}

} // namespace

BOOST_AUTO_TEST_SUITE(together)

BOOST_AUTO_TEST_CASE(two_imports_of_one_file_do_each_order_once) {
  constexpr std::size_t orders = 400;
  const program::scratch scratch;
  const auto file = scratch.path("orders.tsv").string();
  support::write_lines(file, support::make_orders(orders, 11));
  const auto alone = import_together({file}, scratch.store("alone.db"));

  const auto sum = import_together({file, file}, scratch.store());
  BOOST_TEST(sum.executed + sum.rejected == orders);
  BOOST_TEST(sum.already_done == orders);
  BOOST_TEST(sum.new_accounts == alone.new_accounts);
  check_books(scratch.store());
}

BOOST_AUTO_TEST_CASE(imports_of_different_files_for_the_same_accounts_lose_nothing) {
  constexpr std::size_t orders = 200;
  const program::scratch scratch;
  std::vector<std::string> files;
  for (const std::string name : {"a", "b", "c"}) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < orders; ++i)
      lines.push_back(name + std::to_string(i) + "\t" + std::to_string(1 + i % 3) + "\tAB\t"
                      + std::to_string(1 + i % 2) + "\t.01\tHH");
    files.push_back(scratch.path(name).string());
    support::write_lines(files.back(), lines);
  }
  const auto sum = import_together(files, scratch.store());
  BOOST_TEST(sum.executed == 3 * orders);
  BOOST_TEST(sum.new_accounts == 5);
  BOOST_TEST(program::run({"balance", "AB-1", "--store", scratch.store()}).out == "3.00\n");
  BOOST_TEST(program::run({"balance", "AB-2", "--store", scratch.store()}).out == "3.00\n");
  check_books(scratch.store());
}

BOOST_AUTO_TEST_CASE(a_file_in_any_order_gives_every_order_one_outcome) {
  const program::scratch scratch;
  auto lines = support::make_orders(300, 12);
  const auto forwards = scratch.path("forwards.tsv").string();
  support::write_lines(forwards, lines);
  std::ranges::shuffle(lines, std::mt19937_64{12});
  const auto shuffled = scratch.path("shuffled.tsv").string();
  support::write_lines(shuffled, lines);
  const auto sum = import_together({forwards, shuffled}, scratch.store());
  BOOST_TEST(sum.executed + sum.rejected == lines.size());
  BOOST_TEST(sum.already_done == lines.size());
  check_books(scratch.store());
}

BOOST_AUTO_TEST_SUITE_END()
