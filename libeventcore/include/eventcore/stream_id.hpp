#pragma once

#include "eventcore/detail/utf8.hpp"

#include <compare>
#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace eventcore {

class failure;

inline constexpr std::size_t max_stream_id_length = 255; ///< in code points

/// The name of a stream: valid UTF-8, 1 to 255 code points, without white space at either end,
/// control characters and any of `* ? [ ]`. Ordered by bytes. A default-constructed id is unnamed
/// and refused on use.
///
/// The text before the first `-` is the stream's kind when it reads as one (`[a-z][a-z0-9_]*`).
class stream_id {
public:
  stream_id() = default;

  /// Checks `text` after trimming white space from both ends. Fails with `invalid_argument`.
  static auto of(std::string_view text) -> std::expected<stream_id, failure>;

  /// Takes a text that is known to be valid, such as one that a store has kept.
  static auto trusted(std::string text) -> stream_id { return stream_id{std::move(text)}; }

  auto text() const -> const std::string& { return text_; }

  /// False for a default-constructed id.
  auto is_named() const -> bool { return !text_.empty(); }

  /// The kind, a view into this id; empty when the id does not begin with one.
  auto kind() const -> std::string_view;

  friend auto operator<=>(const stream_id&, const stream_id&) = default;

private:
  explicit stream_id(std::string text) : text_{std::move(text)} {}

  std::string text_;
};

/// Why `text` cannot name a stream (after trimming); empty when it can. Usable in constant
/// expressions.
constexpr auto stream_text_problem(std::string_view text) -> std::string_view {
  if (text.empty())
    return "it is empty";
  std::size_t length = 0;
  bool space = false;
  for (auto rest = text; !rest.empty(); ++length) {
    const auto [c, size] = detail::decode_utf8(rest);
    if (size == 0)
      return "it is not valid UTF-8";
    if (c == '*' || c == '?' || c == '[' || c == ']')
      return "it holds one of the pattern characters * ? [ ]";
    if (detail::is_control(c))
      return "it holds a control character";
    space = detail::is_space(c);
    if (space && length == 0)
      return "it begins with white space";
    rest.remove_prefix(size);
  }
  if (space)
    return "it ends with white space";
  if (length > max_stream_id_length)
    return "it is longer than 255 characters";
  return {};
}

/// Whether `text` reads `[a-z][a-z0-9_]*`.
constexpr auto is_kind_name(std::string_view text) -> bool {
  if (text.empty() || text[0] < 'a' || text[0] > 'z')
    return false;
  for (const char c : text)
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_')
      return false;
  return true;
}

/// The kind in the text of a stream id: what stands before the first `-`, or nothing.
constexpr auto kind_of(std::string_view stream_text) -> std::string_view {
  const auto dash = stream_text.find('-');
  if (dash == std::string_view::npos)
    return {};
  const auto kind = stream_text.substr(0, dash);
  return is_kind_name(kind) ? kind : std::string_view{};
}

} // namespace eventcore

template <>
struct std::hash<eventcore::stream_id> {
  auto operator()(const eventcore::stream_id& id) const noexcept -> std::size_t {
    return std::hash<std::string>{}(id.text());
  }
};

template <>
struct fmt::formatter<eventcore::stream_id> : fmt::formatter<fmt::string_view> {
  // Not inline: its base's is defined in <fmt/format.h>, which takes long to compile.
  auto format(const eventcore::stream_id& id, fmt::format_context& ctx) const
    -> fmt::format_context::iterator;
};
