#include "money.hpp"

#include <array>
#include <string_view>

#include <boost/test/unit_test.hpp>

namespace {

using bank::money;

struct readable {
  std::string_view text;
  std::int64_t cents;
};

struct unreadable {
  std::string_view text;
  std::string_view why;
};

} // namespace

BOOST_AUTO_TEST_SUITE(amounts)

BOOST_AUTO_TEST_CASE(amounts_are_digits_a_dot_and_two_digits) {
  constexpr std::array good{
    readable{"245.20", 24'520},   readable{".80", 80},
    readable{"0.80", 80},         readable{"00.80", 80},
    readable{"0.00", 0},          readable{".01", 1},
    readable{"1000.00", 100'000}, readable{"92233720368547757.99", 9'223'372'036'854'775'799},
  };
  for (const auto& [text, cents] : good) {
    BOOST_TEST_CONTEXT(text) {
      const auto amount = bank::parse_money(text);
      BOOST_REQUIRE(amount);
      BOOST_TEST(amount->cents == cents);
    }
  }
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused_with_its_reason) {
  constexpr std::string_view shape = "does not end in a dot and two digits, as in 1000.00 or .80";
  constexpr std::array bad{
    unreadable{"", "the amount is empty"},
    unreadable{"12.3",
               R"(the amount "12.3" does not end in a dot and two digits, as in 1000.00 or .80)"},
    unreadable{"1e3",
               R"(the amount "1e3" holds "e"; it takes digits and one dot, as in 1000.00 or .80)"},
    unreadable{"-5", R"(the amount "-5" has a sign; amounts are written without one)"},
    unreadable{"+5.00", R"(the amount "+5.00" has a sign; amounts are written without one)"},
    unreadable{"99999999999999999999", R"(the amount "99999999999999999999" is too large)"},
    unreadable{"92233720368547758.00", R"(the amount "92233720368547758.00" is too large)"},
    unreadable{"12", shape},
    unreadable{"12.", shape},
    unreadable{".", shape},
    unreadable{"12.345", shape},
    unreadable{"1.2.30", shape},
    unreadable{"1.23.", shape},
    unreadable{" 1.00", R"(holds " ")"},
    unreadable{"1,00", R"(holds ",")"},
    unreadable{"nan", R"(holds "n")"},
    unreadable{"0x1.00", R"(holds "x")"},
    unreadable{"1\x1b.00", R"(the amount "1\x1b.00" holds "\x1b")"},
  };
  for (const auto& [text, why] : bad) {
    BOOST_TEST_CONTEXT(text) {
      const auto amount = bank::parse_money(text);
      BOOST_REQUIRE(!amount);
      BOOST_TEST((amount.error().code == eventcore::errc::invalid_argument));
      BOOST_TEST(amount.error().detail.contains(why), amount.error().detail);
    }
  }
}

BOOST_AUTO_TEST_CASE(amounts_are_written_with_their_cents) {
  BOOST_TEST(bank::to_text(money{80}) == "0.80");
  BOOST_TEST(bank::to_text(money{100'000}) == "1000.00");
  BOOST_TEST(bank::to_text(money{-5}) == "-0.05");
  BOOST_TEST(bank::to_text(money{-500}) == "-5.00");
  BOOST_TEST(bank::to_text(money::min()) == "-92233720368547758.08");
  BOOST_TEST(fmt::format("{:>8}", money{80}) == "    0.80");
}

BOOST_AUTO_TEST_CASE(sums_stop_at_the_limits) {
  BOOST_TEST((money::max() + money{1} == money::max()));
  BOOST_TEST((money::min() + money{-1} == money::min()));
  BOOST_TEST((money::min() - money{1} == money::min()));
  BOOST_TEST((money::max() - money{-1} == money::max()));
  BOOST_TEST(bank::fits(money::max() - money{1}, money{1}));
  BOOST_TEST(!bank::fits(money::max(), money{1}));
}

BOOST_AUTO_TEST_SUITE_END()
