#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>

namespace eventcore::detail {

/// A size of something, written as "256 MiB".
struct bytes {
  std::size_t count = 0;

  friend auto operator<=>(const bytes&, const bytes&) = default;
};

/// For `shown`: `count` units of `unit` nanoseconds. Not as nanoseconds: `milliseconds::max()` is a
/// value that programs set.
auto shown_duration(std::int64_t count, std::int64_t unit) -> std::string;

/// A value as `caf-application.conf` holds it: `30s`, `"256 MiB"`, `0.2`, `"memory:"`. Each in the
/// largest unit that divides it. (CAF's own text shows 2h and -1s as `0d`.)
template <class Period>
auto shown(std::chrono::duration<std::int64_t, Period> duration) -> std::string {
  return shown_duration(duration.count(), std::ratio_divide<Period, std::nano>::num);
}
auto shown(bytes size) -> std::string;
auto shown(std::size_t count) -> std::string;
auto shown(double number) -> std::string;
auto shown(std::string_view text) -> std::string;

/// A size: a whole number, alone for bytes or with the unit KiB, MiB or GiB. Empty when `text` is
/// none, or does not fit.
auto parse_size(std::string_view text) -> std::optional<bytes>;

} // namespace eventcore::detail
