#include "snapshot_kinds.hpp"

#include "eventcore/stream_id.hpp"

#include <charconv>
#include <ranges>
#include <system_error>

namespace eventcore {

namespace {

auto trimmed(std::string_view text) -> std::string_view {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

auto number_in(std::string_view text) -> std::optional<std::uint64_t> {
  constexpr std::uint64_t most = 1'000'000'000;
  std::uint64_t number = 0;
  const auto* begin = text.data();
  const auto* end = begin + text.size();
  const auto [rest, error] = std::from_chars(begin, end, number);
  if (error != std::errc{} || rest != end || number > most)
    return std::nullopt;
  return number;
}

} // namespace

auto parse_snapshot_kinds(std::string_view text)
  -> std::optional<std::map<std::string, std::uint64_t, std::less<>>> {
  std::map<std::string, std::uint64_t, std::less<>> kinds;
  if (trimmed(text).empty())
    return kinds;
  for (const auto part : std::views::split(text, ',')) {
    const std::string_view one{part.begin(), part.end()};
    const auto sign = one.find('=');
    if (sign == std::string_view::npos)
      return std::nullopt;
    const auto kind = trimmed(one.substr(0, sign));
    const auto every = number_in(trimmed(one.substr(sign + 1)));
    if (!is_kind_name(kind) || !every || !kinds.emplace(kind, *every).second)
      return std::nullopt;
  }
  return kinds;
}

} // namespace eventcore
