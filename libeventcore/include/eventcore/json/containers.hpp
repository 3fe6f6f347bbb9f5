#pragma once

#include "eventcore/json/scalars.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace eventcore {

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
consteval auto shape_of() -> json_shape {
  if constexpr (requires { json_format<T>::shape; })
    return json_format<T>::shape;
  else
    return json_shape::other;
}

template <class Key>
void write_key(json_writer& out, const Key& key) {
  constexpr bool quoted = shape_of<Key>() == json_shape::integer;
  if constexpr (quoted)
    out.raw("\"");
  json_format<Key>::write(out, key);
  if constexpr (quoted)
    out.raw("\"");
}

template <class Key>
auto read_key(json_reader& in, Key& key) -> bool {
  if constexpr (shape_of<Key>() == json_shape::integer) {
    const auto* where = in.mark();
    std::string_view text;
    if (!in.read_text(text))
      return false;
    if (text.empty() || text.front() <= ' ' || text.back() <= ' ')
      return in.expected("an integer", where);
    json_reader digits{text};
    return (json_format<Key>::read(digits, key) && digits.at_end()) || in.refuse_key(digits, where);
  } else {
    return json_format<Key>::read(in, key);
  }
}

template <class Container>
concept unordered = requires(const Container& container) { container.bucket_count(); };

/// The elements of an unordered container in the order of their JSON, so that equal values have
/// equal canonical JSON.
template <class Container, class Text>
auto sorted_by_text(const Container& elements, Text text_of) {
  std::vector<std::pair<std::string, const typename Container::value_type*>> sorted;
  sorted.reserve(elements.size());
  for (const auto& element : elements) {
    std::string text;
    json_writer key{text, json_style::canonical};
    text_of(key, element);
    key.finish();
    sorted.emplace_back(std::move(text), &element);
  }
  std::ranges::sort(sorted);
  return sorted;
}

template <class Map>
struct map_format {
  using key_type = typename Map::key_type;
  using mapped_type = typename Map::mapped_type;
  using needs = boost::mp11::mp_list<key_type, mapped_type>;

  static consteval auto problem() -> json_problem {
    return shape_of<key_type>() == json_shape::other ? json_problem::map_key : json_problem::none;
  }

  static void write_member(json_writer& out, const typename Map::value_type& member) {
    write_key(out, member.first);
    out.colon();
    json_format<mapped_type>::write(out, member.second);
    out.comma();
  }

  static void write_sorted(json_writer& out, const Map& value) {
    if constexpr (unordered<Map>)
      for (const auto& [text, member] : sorted_by_text(
             value, [](json_writer& key, const auto& of) { write_key(key, of.first); }))
        write_member(out, *member);
  }

  static void write(json_writer& out, const Map& value) {
    out.open_object();
    if (!unordered<Map> || out.style() == json_style::plain)
      for (const auto& member : value)
        write_member(out, member);
    else
      write_sorted(out, value);
    out.close_object();
  }

  static auto read(json_reader& in, Map& value) -> bool {
    value.clear();
    if (!in.open_object())
      return false;
    for (std::size_t done = 0;; ++done) {
      if (const auto next = in.next_member(done); next != json_reader::step::item)
        return next == json_reader::step::end;
      const auto* where = in.mark();
      key_type key{};
      if (!read_key(in, key))
        return false;
      const auto [at, is_new] = value.try_emplace(std::move(key));
      if (!is_new)
        return in.refuse_repeated_key(where);
      if (!in.colon() || !json_format<mapped_type>::read(in, at->second))
        return false;
    }
  }
};

template <class Set>
struct set_format {
  using value_type = typename Set::value_type;
  using needs = boost::mp11::mp_list<value_type>;

  static void write_element(json_writer& out, const value_type& element) {
    json_format<value_type>::write(out, element);
    out.comma();
  }

  static void write_sorted(json_writer& out, const Set& value) {
    if constexpr (unordered<Set>)
      for (const auto& [text, element] : sorted_by_text(value, &json_format<value_type>::write))
        write_element(out, *element);
  }

  static void write(json_writer& out, const Set& value) {
    out.open_array();
    if (!unordered<Set> || out.style() == json_style::plain)
      for (const auto& element : value)
        write_element(out, element);
    else
      write_sorted(out, value);
    out.close_array();
  }

  static auto read(json_reader& in, Set& value) -> bool {
    value.clear();
    if (!in.open_array())
      return false;
    for (std::size_t done = 0;; ++done) {
      if (const auto next = in.next_element(done); next != json_reader::step::item)
        return next == json_reader::step::end;
      const auto* where = in.mark();
      value_type element{};
      if (!json_format<value_type>::read(in, element))
        return false;
      if (!value.insert(std::move(element)).second)
        return in.refuse("given twice in a set", where);
    }
  }
};

/// Arrays of a length that is known when compiling: `std::array`, `std::pair`, `std::tuple`.
template <class Tuple>
struct tuple_format {
  static constexpr auto size = std::tuple_size_v<Tuple>;

  static void write(json_writer& out, const Tuple& value) {
    out.open_array();
    std::apply([&](const auto&... element) { (write_element(out, element), ...); }, value);
    out.close_array();
  }

  static auto read(json_reader& in, Tuple& value) -> bool {
    const auto* where = in.mark();
    if (!in.open_array())
      return false;
    std::size_t done = 0;
    if (!std::apply(
          [&](auto&... element) { return (read_element(in, element, done, where) && ...); }, value))
      return false;
    const auto next = in.next_element(done);
    return next == json_reader::step::end
           || (next == json_reader::step::item && in.refuse_length(size, "more", where));
  }

private:
  template <class T>
  static void write_element(json_writer& out, const T& element) {
    json_format<T>::write(out, element);
    out.comma();
  }

  template <class T>
  static auto read_element(json_reader& in, T& element, std::size_t& done, const char* where)
    -> bool {
    const auto next = in.next_element(done++);
    if (next == json_reader::step::end)
      return in.refuse_length(size, "fewer", where);
    return next == json_reader::step::item && json_format<T>::read(in, element);
  }
};

} // namespace detail

/// Empty is `null`; as a member of a described struct it is left out.
template <class T>
struct json_format<std::optional<T>> {
  using needs = boost::mp11::mp_list<T>;

  static consteval auto problem() -> json_problem {
    return detail::is_optional<T> ? json_problem::nested_optional : json_problem::none;
  }

  static void write(json_writer& out, const std::optional<T>& value) {
    value ? json_format<T>::write(out, *value) : out.null();
  }

  static auto read(json_reader& in, std::optional<T>& value) -> bool {
    value.reset();
    return in.take_null() || json_format<T>::read(in, value.emplace());
  }
};

template <class T, class Allocator>
struct json_format<std::vector<T, Allocator>> {
  using needs = boost::mp11::mp_list<T>;

  static void write(json_writer& out, const std::vector<T, Allocator>& value) {
    out.open_array();
    for (const auto& element : value) {
      json_format<T>::write(out, element);
      out.comma();
    }
    out.close_array();
  }

  static auto read(json_reader& in, std::vector<T, Allocator>& value) -> bool {
    value.clear();
    if (!in.open_array())
      return false;
    for (std::size_t done = 0;; ++done) {
      if (const auto next = in.next_element(done); next != json_reader::step::item)
        return next == json_reader::step::end;
      T element{};
      if (!json_format<T>::read(in, element))
        return false;
      value.push_back(std::move(element));
    }
  }
};

template <class T, std::size_t N>
struct json_format<std::array<T, N>> : detail::tuple_format<std::array<T, N>> {
  using needs = boost::mp11::mp_list<T>;
};

template <class First, class Second>
struct json_format<std::pair<First, Second>> : detail::tuple_format<std::pair<First, Second>> {
  using needs = boost::mp11::mp_list<First, Second>;
};

template <class... T>
struct json_format<std::tuple<T...>> : detail::tuple_format<std::tuple<T...>> {
  using needs = boost::mp11::mp_list<T...>;
};

template <class... T>
struct json_format<std::set<T...>> : detail::set_format<std::set<T...>> {};

template <class... T>
struct json_format<std::unordered_set<T...>> : detail::set_format<std::unordered_set<T...>> {};

/// An object; the keys are texts or integers, or strong types of them.
template <class... T>
struct json_format<std::map<T...>> : detail::map_format<std::map<T...>> {};

template <class... T>
struct json_format<std::unordered_map<T...>> : detail::map_format<std::unordered_map<T...>> {};

} // namespace eventcore
