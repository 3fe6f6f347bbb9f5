#pragma once

#include "eventcore/detail/utf8.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace eventcore::detail {

/// Where a scan of JSON text stands. The functions below move `at` past what they accept; on the
/// first error they return the reason and leave `at` on the offending byte, else they return null.
struct json_cursor {
  const char* at;
  const char* end;

  auto is_at(char c) const -> bool { return at != end && *at == c; }

  auto is_at_digit() const -> bool { return at != end && *at >= '0' && *at <= '9'; }

  void skip_space() {
    while (at != end && static_cast<unsigned char>(*at) <= ' '
           && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
      ++at;
  }
};

constexpr auto is_plain(char c) -> bool {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

/// The high bit of each byte that a string cannot hold as it is, or that is not ASCII. Borrows run
/// upwards only from a byte that is marked itself, so the lowest mark is exact.
constexpr auto special_bytes(std::uint64_t word) -> std::uint64_t {
  constexpr std::uint64_t ones = 0x0101010101010101;
  const auto quote = (word ^ (ones * '"')) - ones;
  const auto backslash = (word ^ (ones * '\\')) - ones;
  const auto control = word - ones * 0x20;
  return (quote | backslash | control | word) & (ones * 0x80);
}

inline auto load_word(const char* at) -> std::uint64_t {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// The first byte of [at, end) that is not plain.
inline auto skip_plain(const char* at, const char* end) -> const char* {
  for (; end - at >= 8; at += 8)
    if (const auto special = special_bytes(load_word(at)); special != 0) {
      if constexpr (std::endian::native == std::endian::little)
        return at + std::countr_zero(special) / 8;
      break;
    }
  while (at != end && is_plain(*at))
    ++at;
  return at;
}

/// Passes over a string whose opening quote was taken. `escaped` tells whether it holds a
/// backslash.
auto skip_string(json_cursor& in, bool& escaped) -> const char*;

auto skip_number(json_cursor& in) -> const char*;

/// Passes over one value that may nest `room` levels.
auto skip_value(json_cursor& in, unsigned room) -> const char*;

/// The text of the string in [at, end), the quotes left out, which `skip_string` has accepted.
void unescape(std::string_view quoted, std::string& text);

/// The path of the value that begins after `prefix`, a prefix of a JSON text: `.lines[1].quantity`.
auto json_path(std::string_view prefix) -> std::string;

/// A member as a path shows it: `.name`, or `["odd name"]`.
auto json_path_member(std::string_view name) -> std::string;

/// The bytes of the string at the beginning of `text`, up to its closing quote, which may be
/// missing.
auto quoted_part(std::string_view text) -> std::string_view;

/// What stands at the beginning of `text`, for people: `the string "abc"`, `the end of the text`.
auto describe_json(std::string_view text) -> std::string;

/// Says that `text` is not JSON, for the `reason` that a scan gave at `where`.
auto syntax_error(std::string_view text, const char* where, std::string_view reason) -> std::string;

} // namespace eventcore::detail
