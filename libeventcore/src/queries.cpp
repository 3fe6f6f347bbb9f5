#include "eventcore/queries.hpp"

#include "eventcore/detail/printable.hpp"
#include "eventcore/detail/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace eventcore {

namespace {

auto refuse(std::string text) -> std::unexpected<failure> {
  return fail(errc::invalid_argument, std::move(text));
}

auto validate_page(const page_bounds& page) -> result<> {
  if (page.events == 0 || page.bytes == 0)
    return refuse("a page must hold at least one event and one byte; ask for more");
  return {};
}

auto is_text(std::string_view text) -> bool {
  return detail::is_utf8(text) && text.find('\0') == std::string_view::npos;
}

/// One class `[...]` at the start of a pattern.
struct char_class {
  bool fits = false;
  std::size_t length = 0; // 0: not closed or not well-formed
};

auto match_class(std::string_view pattern, std::uint32_t c) -> char_class {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && pattern[at] == '!';
  if (negated)
    ++at;
  bool found = false;
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first)
      return {found != negated, at + 1};
    const auto low = detail::decode_utf8(pattern.substr(at));
    if (low.length == 0)
      return {};
    at += low.length;
    auto high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = detail::decode_utf8(pattern.substr(at + 1));
      if (high.length == 0)
        return {};
      at += 1 + high.length;
    }
    found = found || (low.value <= c && c <= high.value);
  }
  return {};
}

auto validate_glob(std::string_view glob) -> result<> {
  for (std::size_t at = 0; at < glob.size(); ++at)
    if (glob[at] == '[') {
      const auto length = match_class(glob.substr(at), 0).length;
      if (length == 0)
        return refuse(
          fmt::format("the pattern '{}' has a character class that is not closed by ']'",
                      detail::printable(glob)));
      at += length - 1;
    }
  return {};
}

/// What the first element of `pattern` takes from `text`; 0 when it does not fit.
struct step {
  std::size_t pattern = 0;
  std::size_t text = 0;
};

auto match_one(std::string_view pattern, std::string_view text) -> step {
  const auto next = detail::decode_utf8(text);
  const auto length = std::max<std::size_t>(next.length, 1); // a malformed byte is one character
  if (pattern.front() == '?')
    return {1, length};
  if (pattern.front() == '[') {
    const auto in_class = match_class(pattern, next.value);
    return in_class.fits ? step{in_class.length, length} : step{};
  }
  return pattern.substr(0, length) == text.substr(0, length) ? step{length, length} : step{};
}

} // namespace

auto validate(const read_stream& query) -> result<> {
  if (!query.stream.is_named())
    return refuse("the stream that is to be read has no name; give it an id");
  return validate_page(query.page);
}

auto validate(const read_log& query) -> result<> {
  const auto& filter = query.filter;
  for (const auto& kind : filter.kinds)
    if (!is_kind_name(kind))
      return refuse(
        fmt::format("'{}' is not a kind: a kind reads [a-z][a-z0-9_]*", detail::printable(kind)));
  for (const auto& type : filter.types)
    if (type.find('.') == std::string::npos || !is_text(type))
      return refuse(
        fmt::format("'{}' is not an event type: write it as kind.type", detail::printable(type)));
  if (!is_text(filter.prefix) || !is_text(filter.glob))
    return refuse("the prefix and the pattern of a filter must be valid UTF-8 without NUL");
  if (auto valid = validate_glob(filter.glob); !valid)
    return valid;
  return validate_page(query.page);
}

// After a mismatch only the latest '*' need take one more character, so the cost is at most the
// product of both lengths.
auto glob_matches(std::string_view pattern, std::string_view text) -> bool {
  auto star_pattern = std::string_view::npos;
  std::size_t star_text = 0;
  std::size_t p = 0;
  std::size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star_pattern = ++p;
      star_text = t;
      continue;
    }
    if (p < pattern.size())
      if (const auto taken = match_one(pattern.substr(p), text.substr(t)); taken.text > 0) {
        p += taken.pattern;
        t += taken.text;
        continue;
      }
    if (star_pattern == std::string_view::npos)
      return false;
    star_text += std::max<std::size_t>(detail::decode_utf8(text.substr(star_text)).length, 1);
    t = star_text;
    p = star_pattern;
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

auto fits(const event_filter& filter, std::string_view stream, std::string_view type) -> bool {
  const auto kind = kind_of(stream);
  if (!filter.kinds.empty() && std::ranges::find(filter.kinds, kind) == filter.kinds.end())
    return false;
  if (!stream.starts_with(filter.prefix))
    return false;
  if (!filter.glob.empty() && !glob_matches(filter.glob, stream))
    return false;
  return filter.types.empty() || std::ranges::any_of(filter.types, [&](std::string_view wanted) {
           return wanted.starts_with(kind) && wanted.size() == kind.size() + 1 + type.size()
                  && wanted[kind.size()] == '.' && wanted.ends_with(type);
         });
}

} // namespace eventcore
