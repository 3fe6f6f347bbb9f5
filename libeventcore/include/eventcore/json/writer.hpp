#pragma once

#include "eventcore/failure.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace eventcore {

inline constexpr unsigned max_json_depth = 128; ///< of arrays and objects within each other

namespace detail {

/// A text that stands for a value.
struct json_choice {
  std::string_view name;
  std::int64_t value;
};

} // namespace detail

/// Whether members that were added later and hold their default are written, and in which order
/// unordered containers are.
enum class json_style : std::uint8_t { plain, canonical };

/// Writes compact JSON to the end of a string. It never stops half-way: what JSON cannot hold is
/// written in a form that `json_reader` and `validate_json` refuse or that has another type than
/// its place asks for, and remembered as the defect.
class json_writer {
public:
  explicit json_writer(std::string& out, json_style style = json_style::plain)
      : out_{out}, start_{out.size()}, style_{style} {}
  json_writer(const json_writer&) = delete;
  auto operator=(const json_writer&) -> json_writer& = delete;

  // -- values ---------------------------------------------------------------

  void null() { raw("null"); }
  void boolean(bool value) { value ? raw("true") : raw("false"); }
  template <std::integral T>
  void integer(T value) {
    if constexpr (std::signed_integral<T>)
      write_signed(value);
    else
      write_unsigned(value);
  }

  /// The shortest text that reads back as the same number. A number that is not finite is a defect.
  void number(double value);
  void number(float value);

  /// A quoted string. Text that is not UTF-8 or holds NUL is a defect.
  void string(std::string_view text);

  /// The name among `choices` that has `value`; none is a defect.
  void choice(std::span<const detail::json_choice> choices, std::int64_t value);

  // -- structure: call `comma` after each element and each member -------------

  void open_object() { open('{'); }
  void close_object() { close('}'); }
  void open_array() { open('['); }
  void close_array() { close(']'); }
  void comma() { put(','); }

  /// After a key that was written as a value.
  void colon() { put(':'); }

  /// Takes text that is already JSON.
  void raw(std::string_view json) {
    if (json.size() > room())
      return raw_past_buffer(json);
    std::memcpy(end_, json.data(), json.size());
    end_ += json.size();
  }

  // -- state ----------------------------------------------------------------

  /// Says that the value that is written next cannot be encoded; the first such reason counts.
  void defect(std::string reason);

  auto has_defect() const -> bool { return !defect_.empty(); }
  auto style() const -> json_style { return style_; }

  /// Hands all text to the string. Nothing may be written after it.
  void finish() { flush(); }

  /// The first defect with its path, after `finish`. `root` begins the path.
  auto take_failure(std::string_view root) const -> failure;

private:
  auto room() const -> std::size_t {
    return static_cast<std::size_t>(buffer_.data() + buffer_.size() - end_);
  }

  void put(char c) {
    if (room() == 0)
      flush();
    *end_++ = c;
  }

  void open(char bracket) {
    if (++depth_ > max_json_depth)
      too_deep();
    put(bracket);
  }

  // Each element leaves a comma behind; the last one becomes the bracket.
  void close(char bracket) {
    --depth_;
    if (end_ == buffer_.data())
      return close_flushed(bracket);
    if (end_[-1] == ',')
      end_[-1] = bracket;
    else
      put(bracket);
  }

  void write_signed(std::int64_t value);
  void write_unsigned(std::uint64_t value);
  template <class Number>
  void digits(Number value);
  template <class Float>
  void finite(Float value);
  void escaped(std::string_view text);
  void raw_past_buffer(std::string_view json);
  void close_flushed(char bracket);
  void too_deep();
  void flush();

  std::array<char, 512> buffer_; // left uninitialised: only what was written is read
  std::string& out_;
  std::size_t start_;
  char* end_ = buffer_.data();
  unsigned depth_ = 0;
  json_style style_;
  std::size_t defect_at_ = 0;
  std::string defect_;
};

/// Appends `text` as a quoted JSON string; false when it is not UTF-8 or holds NUL.
auto append_json_string(std::string_view text, std::string& out) -> bool;

} // namespace eventcore
