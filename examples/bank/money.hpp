#pragma once

#include <eventcore/json.hpp>

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace bank {

namespace ec = eventcore;

/// An amount of money in whole cents; below zero it is owed. Sums and differences stop at the limits
/// of the type, they never wrap around; where that would matter ask `fits` first.
struct money {
  std::int64_t cents = 0;

  static constexpr auto max() -> money { return {std::numeric_limits<std::int64_t>::max()}; }
  static constexpr auto min() -> money { return {std::numeric_limits<std::int64_t>::min()}; }

  friend auto operator<=>(const money&, const money&) = default;

  friend constexpr auto operator+(money a, money b) -> money {
    money sum;
    const bool beyond = __builtin_add_overflow(a.cents, b.cents, &sum.cents);
    return beyond ? (b.cents > 0 ? max() : min()) : sum;
  }
  friend constexpr auto operator-(money a, money b) -> money {
    money difference;
    const bool beyond = __builtin_sub_overflow(a.cents, b.cents, &difference.cents);
    return beyond ? (b.cents < 0 ? max() : min()) : difference;
  }
};
EVENTCORE_STRONG_TYPE(money, cents)

/// Whether `balance` and `more`, which is not below zero, are together within the limits of the type.
constexpr auto fits(money balance, money more) -> bool { return balance <= money::max() - more; }

/// Reads an amount as order files write it: whole units (none means 0), a dot, two digits, as in
/// `1000.00` or `.80`. Fails with `invalid_argument` and says what is wrong.
auto parse_money(std::string_view text) -> ec::result<money>;

/// Writes an amount with its cents: `1000.00`, `0.80`, `-5.00`.
auto to_text(money amount) -> std::string;

} // namespace bank

template <>
struct fmt::formatter<bank::money> : fmt::formatter<fmt::string_view> {
  template <class Context>
  auto format(bank::money amount, Context& ctx) const {
    return fmt::formatter<fmt::string_view>::format(bank::to_text(amount), ctx);
  }
};
