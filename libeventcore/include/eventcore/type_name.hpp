#pragma once

#include <string_view>

namespace eventcore {

namespace detail {

template <class T>
consteval auto qualified_type_name() -> std::string_view {
  constexpr std::string_view function = __PRETTY_FUNCTION__;
  // g++: "... [with T = a::b; std::string_view = ...]"; clang: "... [T = a::b]".
  constexpr auto begin = function.find("T = ") + 4;
  constexpr auto end = function.find_first_of(";]", begin);
  return function.substr(begin, end - begin);
}

} // namespace detail

namespace detail {

template <class T>
consteval auto last_of_type_name() -> std::string_view {
  const auto qualified = qualified_type_name<T>();
  const auto colon = qualified.rfind(':');
  return colon == std::string_view::npos ? qualified : qualified.substr(colon + 1);
}

} // namespace detail

/// Whether the name of `T` can be stored: a template's would spell its arguments, which compilers write differently.
template <class T>
inline constexpr bool has_plain_name =
  detail::last_of_type_name<T>().find_first_of("<>{}() ") == std::string_view::npos;

/// The name of `T` as declared, without its namespaces: `bank::money_deposited` gives `money_deposited`.
template <class T>
consteval auto type_name() -> std::string_view {
  static_assert(
    has_plain_name<T>,
    "eventcore: a stored name comes from the type's own name, and that of a template or "
    "of an unnamed type is not stable; give the type a name, or a `name` member");
  return detail::last_of_type_name<T>();
}

} // namespace eventcore
