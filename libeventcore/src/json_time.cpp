#include "eventcore/json/times.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace eventcore::detail {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr sys_days first_day = std::chrono::year{1} / 1 / 1;
constexpr sys_days past_last_day = std::chrono::year{10000} / 1 / 1;

/// Writes `value` with `width` digits.
auto put_digits(char* at, unsigned value, int width) -> char* {
  for (int i = width; i-- > 0; value /= 10)
    at[i] = static_cast<char>('0' + value % 10);
  return at + width;
}

/// Takes `width` digits from the front of `text`; false when they are not there.
auto take_digits(std::string_view& text, std::size_t width, unsigned& value) -> bool {
  if (text.size() < width)
    return false;
  value = 0;
  for (const char c : text.substr(0, width)) {
    if (c < '0' || c > '9')
      return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(width);
  return true;
}

auto take(std::string_view& text, char c) -> bool {
  if (!text.starts_with(c))
    return false;
  text.remove_prefix(1);
  return true;
}

/// The digits after the decimal point, as microseconds.
auto take_fraction(std::string_view& text, unsigned& micros) -> bool {
  const auto width = std::min(text.find_first_not_of("0123456789"), text.size());
  if (width == 0 || width > 6 || !take_digits(text, width, micros))
    return false;
  for (auto i = width; i < 6; ++i)
    micros *= 10;
  return true;
}

auto parse_time(std::string_view text, microseconds& since_epoch) -> bool {
  unsigned y = 0, mon = 0, d = 0, h = 0, min = 0, s = 0, us = 0;
  if (!take_digits(text, 4, y) || !take(text, '-') || !take_digits(text, 2, mon) || !take(text, '-')
      || !take_digits(text, 2, d) || !take(text, 'T') || !take_digits(text, 2, h)
      || !take(text, ':') || !take_digits(text, 2, min) || !take(text, ':')
      || !take_digits(text, 2, s))
    return false;
  if (take(text, '.') && !take_fraction(text, us))
    return false;
  const auto date =
    std::chrono::year{static_cast<int>(y)} / std::chrono::month{mon} / std::chrono::day{d};
  if (text != "Z" || y == 0 || !date.ok() || h > 23 || min > 59 || s > 59)
    return false;
  since_epoch =
    sys_days{date}.time_since_epoch() + hours{h} + minutes{min} + seconds{s} + microseconds{us};
  return true;
}

} // namespace

void write_time(json_writer& out, microseconds since_epoch) {
  if (since_epoch < first_day.time_since_epoch() || since_epoch >= past_last_day.time_since_epoch())
    return write_no_time(out);
  const std::chrono::sys_time<microseconds> time{since_epoch};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 27> text;
  auto* at = put_digits(text.data(), static_cast<unsigned>(static_cast<int>(date.year())), 4);
  const auto field = [&](char separator, unsigned value, int width) {
    *at++ = separator;
    at = put_digits(at, value, width);
  };
  field('-', static_cast<unsigned>(date.month()), 2);
  field('-', static_cast<unsigned>(date.day()), 2);
  field('T', static_cast<unsigned>(clock.hours().count()), 2);
  field(':', static_cast<unsigned>(clock.minutes().count()), 2);
  field(':', static_cast<unsigned>(clock.seconds().count()), 2);
  field('.', static_cast<unsigned>(clock.subseconds().count()), 6);
  *at = 'Z';
  out.string({text.data(), text.size()});
}

void write_no_time(json_writer& out) {
  out.defect("a time outside the years 1 to 9999");
  out.boolean(false);
}

auto read_time(json_reader& in, microseconds& since_epoch) -> bool {
  const auto* where = in.mark();
  std::string_view text;
  if (!in.read_text(text))
    return false;
  return parse_time(text, since_epoch)
         || in.expected("a time such as \"2024-01-31T23:59:59.123456Z\"", where);
}

} // namespace eventcore::detail
