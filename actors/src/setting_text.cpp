#include "setting_text.hpp"

#include "eventcore/detail/printable.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace eventcore::detail {

namespace {

struct named_unit {
  std::string_view name;
  std::int64_t size;
};

constexpr auto duration_units = std::to_array<named_unit>({{"h", 3'600'000'000'000},
                                                           {"min", 60'000'000'000},
                                                           {"s", 1'000'000'000},
                                                           {"ms", 1'000'000},
                                                           {"us", 1'000},
                                                           {"ns", 1}});
constexpr auto size_units =
  std::to_array<named_unit>({{" GiB", 1 << 30}, {" MiB", 1 << 20}, {" KiB", 1 << 10}, {"", 1}});

} // namespace

auto shown_duration(std::int64_t count, std::int64_t unit) -> std::string {
  if (count == 0)
    return "0s";
  for (const auto& [name, size] : duration_units)
    if (count % (size / unit) == 0)
      return fmt::format("{}{}", count / (size / unit), name);
  std::unreachable();
}

auto shown(bytes size) -> std::string {
  if (size.count == 0)
    return "\"0\"";
  for (const auto& [name, factor] : size_units)
    if (size.count % static_cast<std::size_t>(factor) == 0)
      return fmt::format("\"{}{}\"", size.count / static_cast<std::size_t>(factor), name);
  std::unreachable();
}

auto shown(std::size_t count) -> std::string { return fmt::format("{}", count); }

auto shown(double number) -> std::string { return fmt::format("{}", number); }

auto shown(std::string_view text) -> std::string { return fmt::format("\"{}\"", printable(text)); }

auto parse_size(std::string_view text) -> std::optional<bytes> {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{})
    return std::nullopt;
  auto found = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : size_units) {
    // The blank between number and unit may be left out.
    if (found != name && (name.empty() || found != name.substr(1)))
      continue;
    if (number > std::numeric_limits<std::size_t>::max() / static_cast<std::size_t>(factor))
      return std::nullopt;
    return bytes{number * static_cast<std::size_t>(factor)};
  }
  return std::nullopt;
}

} // namespace eventcore::detail
