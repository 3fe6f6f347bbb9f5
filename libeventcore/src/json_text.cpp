#include "json_scan.hpp"

#include "eventcore/detail/printable.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace eventcore::detail {

namespace {

constexpr std::size_t most_shown = 40; // bytes of a value that a failure shows

void append_utf8(std::uint32_t c, std::string& text) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

/// Four digits that are known to be hexadecimal.
auto code_unit(std::string_view digits) -> std::uint32_t {
  std::uint32_t value = 0;
  for (const char c : digits.substr(0, 4))
    value = (value << 4) | static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  return value;
}

auto is_identifier(std::string_view name) -> bool {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9'))
    return false;
  for (const char c : name)
    if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_')
      return false;
  return true;
}

} // namespace

auto quoted_part(std::string_view text) -> std::string_view {
  std::size_t i = 1;
  while (i < text.size() && text[i] != '"')
    i += text[i] == '\\' ? 2 : 1;
  return text.substr(1, std::min(i, text.size()) - 1);
}

void unescape(std::string_view quoted, std::string& text) {
  text.clear();
  text.reserve(quoted.size());
  while (!quoted.empty()) {
    const auto plain = std::min(quoted.find('\\'), quoted.size());
    text += quoted.substr(0, plain);
    quoted.remove_prefix(plain);
    if (quoted.empty())
      return;
    const char c = quoted[1];
    quoted.remove_prefix(2);
    switch (c) {
    case 'b':
      text += '\b';
      break;
    case 'f':
      text += '\f';
      break;
    case 'n':
      text += '\n';
      break;
    case 'r':
      text += '\r';
      break;
    case 't':
      text += '\t';
      break;
    case 'u': {
      auto value = code_unit(quoted);
      quoted.remove_prefix(4);
      if (value >= 0xD800 && value < 0xDC00) {
        value = 0x10000 + ((value - 0xD800) << 10) + (code_unit(quoted.substr(2)) - 0xDC00);
        quoted.remove_prefix(6);
      }
      append_utf8(value, text);
      break;
    }
    default:
      text += c;
    }
  }
}

auto json_path_member(std::string_view name) -> std::string {
  return is_identifier(name) ? fmt::format(".{}", name)
                             : fmt::format("[\"{}\"]", printable(name, most_shown));
}

auto json_path(std::string_view prefix) -> std::string {
  struct level {
    bool object;
    std::size_t index = 0;
    std::string_view key{};
    bool in_value = false;
  };
  std::vector<level> levels;
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (levels.empty() && prefix[i] != '{' && prefix[i] != '[')
      continue; // white space, or what a format of the user's own got wrong
    switch (prefix[i]) {
    case '{':
    case '[':
      levels.push_back({.object = prefix[i] == '{', .in_value = prefix[i] == '['});
      break;
    case '}':
    case ']':
      levels.pop_back();
      break;
    case ',':
      levels.back().in_value = !levels.back().object;
      ++levels.back().index;
      break;
    case ':':
      levels.back().in_value = true;
      break;
    case '"': {
      const auto text = quoted_part(prefix.substr(i));
      if (!levels.back().in_value)
        levels.back().key = text;
      i += text.size() + 1;
      break;
    }
    default:
      break;
    }
  }
  std::string path;
  for (const auto& [object, index, key, in_value] : levels)
    if (in_value)
      path += object ? json_path_member(key) : fmt::format("[{}]", index);
  return path;
}

auto describe_json(std::string_view text) -> std::string {
  if (text.empty())
    return "the end of the text";
  const char c = text.front();
  if (c == '"')
    return fmt::format("the string \"{}\"", printable(quoted_part(text), most_shown));
  if (c == '{')
    return "an object";
  if (c == '[')
    return "an array";
  for (const std::string_view literal : {"true", "false", "null"})
    if (text.starts_with(literal))
      return std::string{literal};
  if (c == '-' || (c >= '0' && c <= '9'))
    return fmt::format(
      "the number {}",
      printable(text.substr(0, text.find_first_not_of("0123456789+-.eE")), most_shown));
  const auto length = std::max<std::size_t>(decode_utf8(text).length, 1);
  return fmt::format("the character '{}'", printable(text.substr(0, length)));
}

auto syntax_error(std::string_view text, const char* where, std::string_view reason)
  -> std::string {
  const auto at = static_cast<std::size_t>(where - text.data());
  auto said = fmt::format("not valid JSON at byte {}: {}", at, reason);
  if (reason.starts_with("expected"))
    said += fmt::format(", found {}", describe_json(text.substr(at)));
  return said;
}

} // namespace eventcore::detail
