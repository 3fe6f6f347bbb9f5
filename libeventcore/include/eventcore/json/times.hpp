#pragma once

#include "eventcore/json/scalars.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <ratio>
#include <utility>

namespace eventcore {

namespace detail {

/// `2024-01-31T23:59:59.123456Z`; a time outside the years 1 to 9999 is a defect.
void write_time(json_writer& out, std::chrono::microseconds since_epoch);

/// A defect, and a value that is refused when it is read.
void write_no_time(json_writer& out);

/// Far enough for the years 1 to 9999, near enough to be counted in microseconds.
inline constexpr std::chrono::duration<double> countable_time{1e12};

/// A time as above, with 0 to 6 digits of a second.
auto read_time(json_reader& in, std::chrono::microseconds& since_epoch) -> bool;

/// How many of one unit make the other; one of the two is 1 for all usual units.
template <class Duration>
using ticks_per_microsecond = std::ratio_divide<std::micro, typename Duration::period>;

} // namespace detail

/// A moment in UTC, as ISO 8601 with microseconds. What is finer than a microsecond is cut off,
/// towards the past. A time that is not a whole number of `Duration` is refused when read.
template <class Duration>
struct json_format<std::chrono::sys_time<Duration>> {
  using rep = typename Duration::rep;
  using ratio = detail::ticks_per_microsecond<Duration>;

  static consteval auto problem() -> json_problem {
    return std::integral<rep> && (ratio::num == 1 || ratio::den == 1) ? json_problem::none
                                                                      : json_problem::time_unit;
  }

  static void write(json_writer& out, const std::chrono::sys_time<Duration>& value) {
    if (const std::chrono::duration<double> rough = value.time_since_epoch();
        rough > detail::countable_time || rough < -detail::countable_time)
      return detail::write_no_time(out);
    using wide = std::chrono::duration<std::int64_t, typename Duration::period>;
    detail::write_time(
      out, std::chrono::floor<std::chrono::microseconds>(wide{value.time_since_epoch()}));
  }

  static auto read(json_reader& in, std::chrono::sys_time<Duration>& value) -> bool {
    const auto* where = in.mark();
    std::chrono::microseconds since_epoch{};
    if (!detail::read_time(in, since_epoch))
      return false;
    std::int64_t ticks = 0;
    if (__builtin_mul_overflow(since_epoch.count(), ratio::num, &ticks) || ticks % ratio::den != 0
        || !std::in_range<rep>(ticks / ratio::den))
      return in.expected("a time that fits the unit and range of its type", where);
    value = std::chrono::sys_time<Duration>{Duration{static_cast<rep>(ticks / ratio::den)}};
    return true;
  }
};

/// A duration is its count of its own unit, a bare number: changing the unit of a stored member
/// changes what the stored numbers mean.
template <class Rep, class Period>
struct json_format<std::chrono::duration<Rep, Period>> {
  using needs = boost::mp11::mp_list<Rep>;
  static void write(json_writer& out, const std::chrono::duration<Rep, Period>& value) {
    json_format<Rep>::write(out, value.count());
  }
  static auto read(json_reader& in, std::chrono::duration<Rep, Period>& value) -> bool {
    Rep count{};
    if (!json_format<Rep>::read(in, count))
      return false;
    value = std::chrono::duration<Rep, Period>{count};
    return true;
  }
};

} // namespace eventcore
