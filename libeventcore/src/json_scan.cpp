#include "json_scan.hpp"

#include "eventcore/json.hpp"

#include <array>

namespace eventcore::detail {

namespace {

constexpr auto cut_short = "the text ends too early";

auto hex_value(char c) -> unsigned {
  if (c >= '0' && c <= '9')
    return static_cast<unsigned>(c - '0');
  const auto lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10 : 16;
}

/// Four hexadecimal digits; a value past 0xFFFF when they are not.
auto hex4(const char* at) -> std::uint32_t {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const auto digit = hex_value(at[i]);
    if (digit > 15)
      return 0x10000;
    value = (value << 4) | digit;
  }
  return value;
}

constexpr auto is_high_surrogate(std::uint32_t unit) -> bool {
  return unit >= 0xD800 && unit < 0xDC00;
}
constexpr auto is_low_surrogate(std::uint32_t unit) -> bool {
  return unit >= 0xDC00 && unit < 0xE000;
}

/// `in` stands on the backslash.
auto skip_escape(json_cursor& in) -> const char* {
  const auto left = in.end - in.at;
  if (left < 2)
    return cut_short;
  switch (in.at[1]) {
  case '"':
  case '\\':
  case '/':
  case 'b':
  case 'f':
  case 'n':
  case 'r':
  case 't':
    in.at += 2;
    return nullptr;
  case 'u':
    break;
  default:
    return "an unknown escape in a string";
  }
  if (left < 6)
    return cut_short;
  const auto unit = hex4(in.at + 2);
  if (unit > 0xFFFF)
    return "a \\u escape without four hexadecimal digits";
  if (unit == 0)
    return "\\u0000 in a string; NUL is not allowed";
  if (is_low_surrogate(unit))
    return "a lone surrogate in a string";
  if (is_high_surrogate(unit)) {
    if (left < 12 || in.at[6] != '\\' || in.at[7] != 'u' || !is_low_surrogate(hex4(in.at + 8)))
      return "a lone surrogate in a string";
    in.at += 6;
  }
  in.at += 6;
  return nullptr;
}

/// `in` stands on a byte past ASCII. Two- and three-byte forms are taken here, the rest by the
/// careful decoder.
auto skip_utf8(json_cursor& in) -> bool {
  const auto byte = [&](int i) { return static_cast<unsigned char>(in.at[i]); };
  const auto left = in.end - in.at;
  const auto first = byte(0);
  if (left >= 2 && first >= 0xC2 && first < 0xE0 && (byte(1) & 0xC0) == 0x80) {
    in.at += 2;
    return true;
  }
  if (left >= 3 && first > 0xE0 && first < 0xED && (byte(1) & 0xC0) == 0x80
      && (byte(2) & 0xC0) == 0x80) {
    in.at += 3;
    return true;
  }
  const auto length = decode_utf8({in.at, static_cast<std::size_t>(left)}).length;
  in.at += length;
  return length != 0;
}

auto skip_literal(json_cursor& in, std::string_view literal) -> const char* {
  if (!std::string_view{in.at, static_cast<std::size_t>(in.end - in.at)}.starts_with(literal))
    return "expected a value";
  in.at += literal.size();
  return nullptr;
}

/// Anything but an array or an object.
auto skip_scalar(json_cursor& in) -> const char* {
  if (in.at == in.end)
    return cut_short;
  switch (*in.at) {
  case '"': {
    ++in.at;
    bool escaped = false;
    return skip_string(in, escaped);
  }
  case 't':
    return skip_literal(in, "true");
  case 'f':
    return skip_literal(in, "false");
  case 'n':
    return skip_literal(in, "null");
  default:
    return skip_number(in);
  }
}

/// A key and the colon after it.
auto skip_key(json_cursor& in) -> const char* {
  if (!in.is_at('"'))
    return in.at == in.end ? cut_short : "expected a member's name";
  ++in.at;
  bool escaped = false;
  if (const auto* problem = skip_string(in, escaped))
    return problem;
  in.skip_space();
  if (!in.is_at(':'))
    return in.at == in.end ? cut_short : "expected ':'";
  ++in.at;
  in.skip_space();
  return nullptr;
}

/// Remembers for each open bracket whether it is an object's; no recursion, so that nesting costs
/// no stack.
class open_brackets {
public:
  void push(bool object) {
    if (object)
      bits_[depth_ / 64] |= std::uint64_t{1} << (depth_ % 64);
    else
      bits_[depth_ / 64] &= ~(std::uint64_t{1} << (depth_ % 64));
    ++depth_;
  }
  void pop() { --depth_; }
  auto depth() const -> unsigned { return depth_; }
  auto in_object() const -> bool {
    const auto top = depth_ - 1;
    return (bits_[top / 64] >> (top % 64)) & 1;
  }

private:
  std::array<std::uint64_t, max_json_depth / 64> bits_{};
  unsigned depth_ = 0;
};

/// After a value: closes what ends here and goes to the next value. `done` when the outermost value
/// has ended.
auto skip_to_next(json_cursor& in, open_brackets& open, bool& done) -> const char* {
  for (;;) {
    if (open.depth() == 0) {
      done = true;
      return nullptr;
    }
    in.skip_space();
    const bool object = open.in_object();
    if (in.is_at(',')) {
      ++in.at;
      in.skip_space();
      return object ? skip_key(in) : nullptr;
    }
    if (!in.is_at(object ? '}' : ']')) {
      if (in.at == in.end)
        return cut_short;
      return object ? "expected ',' or '}'" : "expected ',' or ']'";
    }
    ++in.at;
    open.pop();
  }
}

} // namespace

auto skip_string(json_cursor& in, bool& escaped) -> const char* {
  for (;;) {
    in.at = skip_plain(in.at, in.end);
    if (in.at == in.end)
      return cut_short;
    const auto c = static_cast<unsigned char>(*in.at);
    if (c == '"') {
      ++in.at;
      return nullptr;
    }
    if (c == '\\') {
      escaped = true;
      if (const auto* problem = skip_escape(in))
        return problem;
    } else if (c < 0x20) {
      return "a raw control character in a string";
    } else {
      do
        if (!skip_utf8(in))
          return "a string that is not valid UTF-8";
      while (in.at != in.end && static_cast<unsigned char>(*in.at) >= 0x80);
    }
  }
}

auto skip_number(json_cursor& in) -> const char* {
  if (in.is_at('-'))
    ++in.at;
  if (!in.is_at_digit())
    return in.at == in.end ? cut_short : "expected a value";
  if (*in.at++ == '0') {
    if (in.is_at_digit())
      return "a number with a leading zero";
  } else {
    while (in.is_at_digit())
      ++in.at;
  }
  const auto digits = [&]() -> const char* {
    if (!in.is_at_digit())
      return in.at == in.end ? cut_short : "expected a digit";
    while (in.is_at_digit())
      ++in.at;
    return nullptr;
  };
  if (in.is_at('.')) {
    ++in.at;
    if (const auto* problem = digits())
      return problem;
  }
  if (in.is_at('e') || in.is_at('E')) {
    ++in.at;
    if (in.is_at('+') || in.is_at('-'))
      ++in.at;
    const auto* const exponent = in.at;
    if (const auto* problem = digits())
      return problem;
    // Databases that know JSON turn numbers into values, and each fails at another size.
    if (in.at - exponent > 4)
      return "an exponent of more than four digits";
  }
  return nullptr;
}

auto skip_value(json_cursor& in, unsigned room) -> const char* {
  open_brackets open;
  for (bool done = false; !done;) {
    in.skip_space();
    if (in.is_at('{') || in.is_at('[')) {
      if (open.depth() == room)
        return "nested deeper than 128 levels";
      const bool object = *in.at++ == '{';
      open.push(object);
      in.skip_space();
      if (!in.is_at(object ? '}' : ']')) {
        if (const auto* problem = object ? skip_key(in) : nullptr)
          return problem;
        continue;
      }
      ++in.at;
      open.pop();
    } else if (const auto* problem = skip_scalar(in)) {
      return problem;
    }
    if (const auto* problem = skip_to_next(in, open, done))
      return problem;
  }
  return nullptr;
}

} // namespace eventcore::detail

namespace eventcore {

auto validate_json(std::string_view text) -> result<> {
  detail::json_cursor in{text.data(), text.data() + text.size()};
  const auto* problem = detail::skip_value(in, max_json_depth);
  if (problem == nullptr) {
    in.skip_space();
    if (in.at == in.end)
      return {};
    problem = "more text after the value";
  }
  return fail(errc::codec_failed, detail::syntax_error(text, in.at, problem));
}

} // namespace eventcore
