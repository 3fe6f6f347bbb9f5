#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eventcore::detail {

/// One code point read from UTF-8; `length` is 0 when the bytes are not well-formed (overlong
/// forms, surrogates and values past U+10FFFF included).
struct code_point {
  std::uint32_t value = 0;
  std::size_t length = 0;
};

/// Reads the code point at the start of a non-empty `text`.
constexpr auto decode_utf8(std::string_view text) -> code_point {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80)
    return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length)
    return {};
  auto value = static_cast<std::uint32_t>(first & (0x7F >> length));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return {};
    value = (value << 6) | (byte(i) & 0x3F);
  }
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
    return {};
  return {value, length};
}

/// Whether all of `text` is well-formed UTF-8.
constexpr auto is_utf8(std::string_view text) -> bool {
  while (!text.empty()) {
    const auto next = decode_utf8(text);
    if (next.length == 0)
      return false;
    text.remove_prefix(next.length);
  }
  return true;
}

/// Unicode's White_Space property.
constexpr auto is_space(std::uint32_t c) -> bool {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680
         || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F
         || c == 0x3000;
}

/// Control characters: C0, DEL and C1.
constexpr auto is_control(std::uint32_t c) -> bool { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

} // namespace eventcore::detail
