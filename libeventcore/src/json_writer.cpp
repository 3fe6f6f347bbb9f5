#include "json_scan.hpp"

#include "eventcore/detail/printable.hpp"
#include "eventcore/json/writer.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace eventcore {

namespace {

/// Whether every byte can stand in a string as it is. Short texts are looked at in overlapping
/// words.
auto is_all_plain(std::string_view text) -> bool {
  const auto* at = text.data();
  const auto size = text.size();
  if (size < 8) {
    for (const char c : text)
      if (!detail::is_plain(c))
        return false;
    return true;
  }
  std::uint64_t special = detail::special_bytes(detail::load_word(at + size - 8));
  for (const auto* last = at + size - 8; at < last; at += 8)
    special |= detail::special_bytes(detail::load_word(at));
  return special == 0;
}

/// The letter of a two-character escape, or 0.
constexpr auto short_escape(char c) -> char {
  switch (c) {
  case '"':
  case '\\':
    return c;
  case '\b':
    return 'b';
  case '\f':
    return 'f';
  case '\n':
    return 'n';
  case '\r':
    return 'r';
  case '\t':
    return 't';
  default:
    return 0;
  }
}

} // namespace

template <class Number>
void json_writer::digits(Number value) {
  constexpr std::size_t most = 32; // of to_chars for 64-bit integers and doubles: 24
  if (room() < most)
    flush();
  end_ = std::to_chars(end_, end_ + most, value).ptr;
}

void json_writer::write_signed(std::int64_t value) { digits(value); }
void json_writer::write_unsigned(std::uint64_t value) { digits(value); }

template <class Float>
void json_writer::finite(Float value) {
  if (std::isfinite(value))
    return digits(value);
  const auto* text = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  defect(fmt::format("JSON has no number for {}", text));
  string(text);
}

void json_writer::number(double value) { finite(value); }
void json_writer::number(float value) { finite(value); }

void json_writer::string(std::string_view text) {
  if (text.size() + 2 > room() || !is_all_plain(text))
    return escaped(text);
  *end_++ = '"';
  std::memcpy(end_, text.data(), text.size());
  end_ += text.size();
  *end_++ = '"';
}

void json_writer::escaped(std::string_view text) {
  const auto whole = text;
  const auto at = out_.size() + static_cast<std::size_t>(end_ - buffer_.data());
  const auto bad = [&](const char* what) {
    if (has_defect())
      return;
    defect(fmt::format("{} at byte {} of the string \"{}\"", what, whole.size() - text.size(),
                       detail::printable(whole, 40)));
    defect_at_ = at;
  };
  put('"');
  while (!text.empty()) {
    const auto* first = text.data();
    const auto plain =
      static_cast<std::size_t>(detail::skip_plain(first, first + text.size()) - first);
    raw(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty())
      break;
    const char c = text.front();
    const auto [value, length] = detail::decode_utf8(text);
    if (length > 1) {
      raw(text.substr(0, length));
    } else if (const char letter = short_escape(c); letter != 0) {
      put('\\');
      put(letter);
    } else {
      // What is no text stays no text: every reader refuses an escaped NUL.
      if (length == 0) {
        bad("invalid UTF-8");
        raw("\\u0000");
      } else if (value == 0) {
        bad("NUL");
      }
      raw(fmt::format("\\u{:04x}", static_cast<unsigned char>(c)));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  put('"');
}

void json_writer::choice(std::span<const detail::json_choice> choices, std::int64_t value) {
  for (const auto& known : choices)
    if (known.value == value)
      return string(known.name);
  defect(fmt::format("{} is the value of none of the described enumerators", value));
  integer(value);
}

void json_writer::raw_past_buffer(std::string_view json) {
  flush();
  if (json.size() > room())
    out_.append(json);
  else
    raw(json);
}

void json_writer::close_flushed(char bracket) {
  if (out_.back() == ',')
    out_.back() = bracket;
  else
    put(bracket);
}

void json_writer::flush() {
  out_.append(buffer_.data(), end_);
  end_ = buffer_.data();
}

void json_writer::defect(std::string reason) {
  if (has_defect())
    return;
  defect_ = std::move(reason);
  defect_at_ = out_.size() + static_cast<std::size_t>(end_ - buffer_.data());
}

void json_writer::too_deep() {
  defect(fmt::format("nested deeper than {} levels", max_json_depth));
}

auto json_writer::take_failure(std::string_view root) const -> failure {
  auto text = std::string{root}
              + detail::json_path(std::string_view{out_}.substr(start_, defect_at_ - start_));
  return {errc::codec_failed, text.empty() ? defect_ : fmt::format("{}: {}", text, defect_)};
}

auto append_json_string(std::string_view text, std::string& out) -> bool {
  json_writer writer{out};
  writer.string(text);
  writer.finish();
  return !writer.has_defect();
}

} // namespace eventcore
