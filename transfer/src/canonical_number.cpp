#include "canonical_number.hpp"

#include <charconv>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>

namespace eventcore::transfer {

namespace {

constexpr std::int64_t most_plain = 21;   // digits before the point
constexpr std::int64_t least_plain = -6;  // zeros after it
constexpr std::size_t most_exponent = 10; // characters

/// 0.DIGITS times ten to the power of `point`; the digits neither begin nor end with 0.
struct decimal {
  std::string digits{};
  std::int64_t point = 0;
};

auto read_decimal(std::string_view number, decimal& value) -> bool {
  const auto mantissa = number.substr(0, number.find_first_of("eE"));
  if (mantissa.size() < number.size()) {
    auto exponent = number.substr(mantissa.size() + 1);
    if (exponent.starts_with('+'))
      exponent.remove_prefix(1);
    if (exponent.size() > most_exponent)
      return false;
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), value.point);
  }
  const auto whole = mantissa.substr(0, mantissa.find('.'));
  value.digits = whole;
  value.point += static_cast<std::int64_t>(whole.size());
  if (whole.size() < mantissa.size())
    value.digits += mantissa.substr(whole.size() + 1);
  const auto leading = std::min(value.digits.find_first_not_of('0'), value.digits.size());
  value.digits.erase(0, leading);
  value.point -= static_cast<std::int64_t>(leading);
  value.digits.erase(value.digits.find_last_not_of('0') + 1);
  return true;
}

void append(const decimal& value, std::string& out) {
  const std::string_view digits = value.digits;
  const auto size = static_cast<std::int64_t>(digits.size());
  if (value.point > most_plain || value.point <= least_plain) {
    out += digits[0];
    if (size > 1)
      fmt::format_to(std::back_inserter(out), ".{}", digits.substr(1));
    fmt::format_to(std::back_inserter(out), "e{}", value.point - 1);
  } else if (value.point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-value.point), '0');
    out += digits;
  } else if (size <= value.point) {
    out += digits;
    out.append(static_cast<std::size_t>(value.point - size), '0');
  } else {
    const auto point = static_cast<std::size_t>(value.point);
    fmt::format_to(std::back_inserter(out), "{}.{}", digits.substr(0, point), digits.substr(point));
  }
}

} // namespace

auto append_canonical_number(std::string_view number, std::string& out) -> bool {
  const bool negative = number.starts_with('-');
  if (negative)
    number.remove_prefix(1);
  const bool integer = number.find_first_of(".eE") == std::string_view::npos;
  if (integer && number.size() <= static_cast<std::size_t>(most_plain) && number != "0") {
    if (negative)
      out += '-';
    out += number;
    return true;
  }
  decimal value;
  if (!read_decimal(number, value))
    return false;
  if (value.digits.empty()) {
    out += '0';
    return true;
  }
  if (negative)
    out += '-';
  append(value, out);
  return true;
}

} // namespace eventcore::transfer
