#include "glob.hpp"

#include "eventcore/detail/utf8.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// As an escape that means itself everywhere, also inside brackets.
void append_character(std::string& regex, std::uint32_t c) {
  fmt::format_to(std::back_inserter(regex), "\\U{:08x}", c);
}

// Takes the next character of a valid pattern.
auto take_character(std::string_view& pattern) -> std::uint32_t {
  const auto next = detail::decode_utf8(pattern);
  pattern.remove_prefix(next.length);
  return next.value;
}

// Takes a class and appends what it means. False when no character is in it.
auto append_class(std::string& regex, std::string_view& pattern) -> bool {
  pattern.remove_prefix(1);
  const bool negated = pattern.starts_with('!');
  if (negated)
    pattern.remove_prefix(1);
  std::string members;
  for (bool first = true; first || !pattern.starts_with(']'); first = false) {
    const auto low = take_character(pattern);
    auto high = low;
    if (pattern.size() > 1 && pattern[0] == '-' && pattern[1] != ']') {
      pattern.remove_prefix(1);
      high = take_character(pattern);
    }
    if (low > high)
      continue; // holds nothing, which PostgreSQL refuses to read
    append_character(members, low);
    if (low < high) {
      members += '-';
      append_character(members, high);
    }
  }
  pattern.remove_prefix(1);
  if (members.empty()) {
    regex += '.';
    return negated;
  }
  regex += negated ? "[^" : "[";
  regex += members;
  regex += ']';
  return true;
}

} // namespace

auto regex_of_glob(std::string_view pattern) -> std::optional<std::string> {
  std::string regex = "***:^"; // an advanced one, whatever the server's setting is
  while (!pattern.empty())
    switch (pattern.front()) {
    case '*':
      regex += ".*";
      pattern.remove_prefix(1);
      break;
    case '?':
      regex += '.';
      pattern.remove_prefix(1);
      break;
    case '[':
      if (!append_class(regex, pattern))
        return std::nullopt;
      break;
    default:
      append_character(regex, take_character(pattern));
    }
  return regex += '$';
}

auto literal_prefix(std::string_view pattern) -> std::string_view {
  return pattern.substr(0, pattern.find_first_of("*?["));
}

} // namespace eventcore::postgres
