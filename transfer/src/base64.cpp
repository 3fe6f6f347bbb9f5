#include "eventcore/transfer/base64.hpp"

#include <array>
#include <cstdint>

namespace eventcore::transfer {

namespace {

constexpr std::string_view digits =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 64;

constexpr auto values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  for (std::size_t i = 0; i < digits.size(); ++i)
    table[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

auto byte(std::string_view text, std::size_t at) -> std::uint32_t {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

} // namespace

void append_base64(std::string_view bytes, std::string& out) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto left = bytes.size() - i;
    const auto bits = (byte(bytes, i) << 16) | (byte(bytes, i + 1) << 8) | byte(bytes, i + 2);
    out += digits[bits >> 18];
    out += digits[(bits >> 12) & 63];
    out += left > 1 ? digits[(bits >> 6) & 63] : '=';
    out += left > 2 ? digits[bits & 63] : '=';
  }
}

auto read_base64(std::string_view text) -> std::optional<std::string> {
  if (text.size() % 4 != 0)
    return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const auto group = text.substr(i, 4);
    std::size_t padding = 0;
    if (i + 4 == text.size())
      padding = group.ends_with("==") ? 2 : group.ends_with('=') ? 1 : 0;
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const auto value = k < 4 - padding ? values[byte(group, k)] : std::uint8_t{0};
      if (value == no_digit)
        return std::nullopt;
      bits = (bits << 6) | value;
    }
    // One text for one value: what is left over after the last byte is zero.
    if ((bits & ((1U << (8 * padding)) - 1)) != 0)
      return std::nullopt;
    for (std::size_t k = 0; k < 3 - padding; ++k)
      bytes += static_cast<char>((bits >> (16 - 8 * k)) & 0xFF);
  }
  return bytes;
}

} // namespace eventcore::transfer
