#include "money.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace bank {

namespace {

constexpr std::int64_t cents_per_unit = 100;

auto refuse(std::string_view text, std::string_view why) -> std::unexpected<ec::failure> {
  return ec::fail(ec::errc::invalid_argument,
                  fmt::format("the amount {:?} {}", text.substr(0, 60), why));
}

auto is_digit(char c) -> bool { return c >= '0' && c <= '9'; }

auto refuse_character(std::string_view text, char c) -> std::unexpected<ec::failure> {
  if (c == '-' || c == '+')
    return refuse(text, "has a sign; amounts are written without one");
  return refuse(text, fmt::format("holds {:?}; it takes digits and one dot, as in 1000.00 or .80",
                                  std::string_view{&c, 1}));
}

} // namespace

auto parse_money(std::string_view text) -> ec::result<money> {
  if (text.empty())
    return ec::fail(ec::errc::invalid_argument, "the amount is empty");
  const auto other = std::ranges::find_if(text, [](char c) { return !is_digit(c) && c != '.'; });
  if (other != text.end())
    return refuse_character(text, *other);
  const auto dot = text.find('.');
  const auto units = text.substr(0, dot);
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(units.data(), units.data() + units.size(), whole);
  if (error == std::errc::result_out_of_range || whole > money::max().cents / cents_per_unit - 1)
    return refuse(text, "is too large");
  const auto cents = dot == text.npos ? std::string_view{} : text.substr(dot + 1);
  if (cents.size() != 2 || !std::ranges::all_of(cents, is_digit))
    return refuse(text, "does not end in a dot and two digits, as in 1000.00 or .80");
  return money{whole * cents_per_unit + (cents[0] - '0') * 10 + (cents[1] - '0')};
}

auto to_text(money amount) -> std::string {
  // Divided before it is made positive: the lowest amount has no positive counterpart.
  const auto units = amount.cents / cents_per_unit;
  const auto cents = amount.cents % cents_per_unit;
  return fmt::format("{}{}.{:02}", amount.cents < 0 ? "-" : "", units < 0 ? -units : units,
                     cents < 0 ? -cents : cents);
}

} // namespace bank
