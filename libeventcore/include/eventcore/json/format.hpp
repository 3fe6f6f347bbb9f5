#pragma once

#include "eventcore/described.hpp"
#include "eventcore/type_name.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace eventcore {

class json_reader;
class json_writer;

/// What a type's JSON looks like, as far as map keys care: `text` and `integer` types can be keys.
enum class json_shape : std::uint8_t { other, text, integer };

/// How a `T` is written and read; specialise it for a type that the codec does not know:
///
///     template <>
///     struct eventcore::json_format<my_type> {
///       static void write(json_writer& out, const my_type& value);
///       static auto read(json_reader& in, my_type& value) -> bool;       // false after a failure
///       of `in` static constexpr auto shape = json_shape::text;                  // optional:
///       usable as a key of a map
///     };
///
/// `read` gets a value of unspecified content and replaces all of it.
template <class T>
struct json_format;

/// Why a type cannot be written as JSON.
enum class json_problem : std::uint8_t {
  none,
  not_described,
  enum_not_described,
  c_array,
  pointer,
  view,
  character,
  long_double,
  is_union,
  has_bases,
  not_an_aggregate,
  description_incomplete,
  const_member,
  not_default_constructible,
  nested_optional,
  map_key,
  variant_alternative,
  variant_names,
  time_unit,
};

namespace detail {

template <class T>
concept has_static_name =
  requires { requires std::is_same_v<decltype(&T::name), const std::string_view*>; };

} // namespace detail

/// The name under which a `T` is stored: its `static constexpr std::string_view name` if it has
/// one, else `type_name<T>()`.
template <class T>
consteval auto json_name() -> std::string_view {
  if constexpr (detail::has_static_name<T>)
    return T::name;
  else
    return type_name<T>();
}

namespace detail {

/// The name of `Named` as a member's key: with quotes and colon.
template <class Named>
struct json_key {
  static constexpr auto characters = [] {
    constexpr std::string_view name = Named::name;
    std::array<char, name.size() + 3> text{'"'};
    std::ranges::copy(name, text.begin() + 1);
    text[name.size() + 1] = '"';
    text[name.size() + 2] = ':';
    return text;
  }();
  static constexpr std::string_view text{characters.data(), characters.size()};
};

/// The first part of the path in a failure; empty for types without a stable name of their own.
template <class T>
consteval auto json_root() -> std::string_view {
  if constexpr (has_static_name<T> || (described<T> && has_plain_name<T>))
    return json_name<T>();
  else
    return {};
}

} // namespace detail

} // namespace eventcore
