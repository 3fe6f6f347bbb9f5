#pragma once

#include "eventcore/json/format.hpp"
#include "eventcore/json/reader.hpp"
#include "eventcore/json/writer.hpp"
#include "eventcore/stream_id.hpp"
#include "eventcore/uuid.hpp"

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

namespace eventcore {

template <>
struct json_format<bool> {
  static void write(json_writer& out, bool value) { out.boolean(value); }
  static auto read(json_reader& in, bool& value) -> bool { return in.read_bool(value); }
};

namespace detail {

template <class T>
inline constexpr bool is_character = false;
template <>
inline constexpr bool is_character<char> = true;
template <>
inline constexpr bool is_character<wchar_t> = true;
template <>
inline constexpr bool is_character<char8_t> = true;
template <>
inline constexpr bool is_character<char16_t> = true;
template <>
inline constexpr bool is_character<char32_t> = true;

template <class T>
concept json_integer = std::integral<T> && !std::same_as<T, bool> && !is_character<T>;

auto read_uuid(json_reader& in, uuid_bytes& bytes) -> bool;

} // namespace detail

/// Integers keep all of their 64 bits.
template <detail::json_integer T>
struct json_format<T> {
  static constexpr auto shape = json_shape::integer;
  static void write(json_writer& out, T value) { out.integer(value); }
  static auto read(json_reader& in, T& value) -> bool { return in.read_integer(value); }
};

template <class T>
  requires std::same_as<T, float> || std::same_as<T, double>
struct json_format<T> {
  static void write(json_writer& out, T value) { out.number(value); }
  static auto read(json_reader& in, T& value) -> bool { return in.read_number(value); }
};

template <>
struct json_format<std::string> {
  static constexpr auto shape = json_shape::text;
  static void write(json_writer& out, const std::string& value) { out.string(value); }
  static auto read(json_reader& in, std::string& value) -> bool { return in.read_string(value); }
};

template <class Tag>
struct json_format<uuid<Tag>> {
  static constexpr auto shape = json_shape::text;
  static void write(json_writer& out, const uuid<Tag>& value) { out.string(value.text()); }
  static auto read(json_reader& in, uuid<Tag>& value) -> bool {
    return detail::read_uuid(in, value.bytes);
  }
};

/// The unnamed id cannot be written.
template <>
struct json_format<stream_id> {
  static constexpr auto shape = json_shape::text;
  static void write(json_writer& out, const stream_id& value);
  static auto read(json_reader& in, stream_id& value) -> bool;
};

/// An enum described by `BOOST_DESCRIBE_ENUM`, by the names of its enumerators.
template <class T>
  requires std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value
struct json_format<T> {
  static constexpr auto shape = json_shape::text;

  static constexpr auto choices = []<class... D>(boost::mp11::mp_list<D...>) {
    return std::array<detail::json_choice, sizeof...(D)>{
      detail::json_choice{D::name, static_cast<std::int64_t>(D::value)}...};
  }(boost::mp11::mp_rename<boost::describe::describe_enumerators<T>, boost::mp11::mp_list>{});

  static void write(json_writer& out, T value) {
    out.choice(choices, static_cast<std::int64_t>(value));
  }

  static auto read(json_reader& in, T& value) -> bool {
    std::int64_t read = 0;
    if (!in.read_choice(choices, read))
      return false;
    value = static_cast<T>(read);
    return true;
  }
};

} // namespace eventcore
