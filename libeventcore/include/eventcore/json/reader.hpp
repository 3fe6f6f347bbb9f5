#pragma once

#include "eventcore/failure.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace eventcore {

class json_reader;

namespace detail {

/// One member of an object as the reader meets it.
struct json_member {
  std::string_view key; ///< with quotes and colon
  bool (*read)(json_reader& in, void* object);
  void (*absent)(void* object); ///< called when the member is not there; null: it must be

  constexpr auto name() const -> std::string_view { return key.substr(1, key.size() - 3); }
};

struct json_choice;

} // namespace detail

/// Reads one JSON text from front to back. Each `read_` skips white space, then takes one value;
/// false means that the reader has failed: the caller returns false at once and reads no further.
/// The text must outlive the reader.
class json_reader {
public:
  explicit json_reader(std::string_view text)
      : begin_{text.data()}, at_{text.data()}, end_{text.data() + text.size()} {}
  json_reader(const json_reader&) = delete;
  auto operator=(const json_reader&) -> json_reader& = delete;

  // -- values ---------------------------------------------------------------

  auto read_bool(bool& value) -> bool;

  /// An integer without fraction and exponent that fits a `T`.
  template <std::integral T>
  auto read_integer(T& value) -> bool {
    using numbers = std::numeric_limits<T>;
    if constexpr (std::signed_integral<T>) {
      std::int64_t read = 0;
      if (!read_signed(numbers::min(), numbers::max(), read))
        return false;
      value = static_cast<T>(read);
    } else {
      std::uint64_t read = 0;
      if (!read_unsigned(numbers::max(), read))
        return false;
      value = static_cast<T>(read);
    }
    return true;
  }

  /// A number that is finite as a `float` or `double`.
  auto read_number(double& value) -> bool;
  auto read_number(float& value) -> bool;

  auto read_string(std::string& value) -> bool;

  /// A string as a view that is valid until the next read.
  auto read_text(std::string_view& value) -> bool;

  /// Takes `null` if it is next; never fails.
  auto take_null() -> bool;

  /// One of `choices` by name; gives its value.
  auto read_choice(std::span<const detail::json_choice> choices, std::int64_t& value) -> bool;

  /// Checks one value of any type and passes over it.
  auto skip_value() -> bool;

  // -- structure ------------------------------------------------------------

  auto open_array() -> bool;
  auto open_object() -> bool;

  enum class step : std::uint8_t { item, end, failed };

  /// Whether another element follows, `done` being how many were read. Takes the closing bracket.
  auto next_element(std::size_t done) -> step;

  /// Whether another member follows; its key is read next, then `colon`.
  auto next_member(std::size_t done) -> step;
  auto colon() -> bool;

  /// A whole object, its members in any order; unknown ones are skipped.
  auto read_members(std::span<const detail::json_member> members, void* object) -> bool;

  /// An object with exactly one member, which is one of `alternatives`.
  auto read_alternative(std::span<const detail::json_member> alternatives, void* object) -> bool;

  // -- failing: these return false ------------------------------------------

  /// Where the next value begins.
  auto mark() -> const char* {
    skip_space();
    return at_;
  }

  /// The value at `where` is not what it should be: "expected <what>, found ...".
  [[gnu::cold]] auto expected(std::string what, const char* where) -> bool;

  /// The value at `where` is refused for a reason of its own.
  [[gnu::cold]] auto refuse(std::string reason, const char* where) -> bool;

  /// The member `name` of the object at `where` is refused.
  [[gnu::cold]] auto refuse_member(std::string_view name, std::string reason, const char* where)
    -> bool;

  /// The array at `where` has `found` ("more", "fewer") elements.
  [[gnu::cold]] auto refuse_length(std::size_t wanted, const char* found, const char* where)
    -> bool;

  /// The key at `where` is not what its type asks for, as `inner` found that read its text.
  [[gnu::cold]] auto refuse_key(json_reader& inner, const char* where) -> bool;
  [[gnu::cold]] auto refuse_repeated_key(const char* where) -> bool;

  // -- the end --------------------------------------------------------------

  /// Whether nothing but white space is left.
  auto at_end() -> bool;

  /// What went wrong, after a failure. `root` begins the path.
  auto take_failure(std::string_view root) -> failure;

private:
  void skip_space() {
    while (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ' && is_space(*at_))
      ++at_;
  }
  static auto is_space(char c) -> bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  auto read_signed(std::int64_t low, std::int64_t high, std::int64_t& value) -> bool;
  auto read_unsigned(std::uint64_t high, std::uint64_t& value) -> bool;
  template <class Float>
  auto read_float(Float& value) -> bool;
  auto enter() -> bool;
  auto next(std::size_t done, char close) -> step;
  auto find_member(std::span<const detail::json_member> members, std::size_t expected,
                   std::size_t& index) -> bool;
  [[gnu::cold]] auto malformed(const char* reason, const char* where) -> bool;

  const char* begin_;
  const char* at_;
  const char* end_;
  unsigned depth_ = 0;
  const char* failed_at_ = nullptr;
  std::string reason_;
  std::string member_;
  std::string scratch_;
};

} // namespace eventcore
