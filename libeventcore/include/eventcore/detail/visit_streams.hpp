#pragma once

#include "eventcore/described.hpp"
#include "eventcore/stream.hpp"

#include <array>
#include <concepts>
#include <map>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <boost/mp11/set.hpp>

// Finds the streams inside a value, whatever described structs and standard containers they stand
// in.
namespace eventcore::detail {

template <class T>
inline constexpr bool is_stream = false;
template <class Kind, class View>
inline constexpr bool is_stream<stream<Kind, View>> = true;

template <class Class, class Descriptor>
using member_type = std::remove_cvref_t<decltype(std::declval<Class&>().*Descriptor::pointer)>;

/// The types that a value of type `T` is made of, one level down.
template <class T>
struct parts {
  using type = boost::mp11::mp_list<>;
};

template <described T>
struct parts<T> {
  template <class Descriptor>
  using of_member = member_type<T, Descriptor>;
  using type = boost::mp11::mp_rename<boost::mp11::mp_transform<of_member, members_of<T>>,
                                      boost::mp11::mp_list>;
};

template <std::ranges::range T>
  requires(!described<T>)
struct parts<T> {
  using type = boost::mp11::mp_list<std::remove_cv_t<std::ranges::range_value_t<T>>>;
};

template <class T>
struct parts<std::optional<T>> {
  using type = boost::mp11::mp_list<T>;
};

template <class... Ts>
struct parts<std::variant<Ts...>> {
  using type = boost::mp11::mp_list<Ts...>;
};

template <class... Ts>
struct parts<std::tuple<Ts...>> {
  using type = boost::mp11::mp_list<Ts...>;
};

template <class A, class B>
struct parts<std::pair<A, B>> {
  using type = boost::mp11::mp_list<std::remove_const_t<A>, B>;
};

/// All types that make up `T`, itself included, each once; `Seen` were met before, which ends
/// recursive types.
template <class T, class Seen = boost::mp11::mp_list<>>
struct all_parts {
  template <class Known, class Part>
  using walk = typename all_parts<Part, Known>::type;
  using type =
    boost::mp11::mp_fold<typename parts<T>::type, boost::mp11::mp_push_back<Seen, T>, walk>;
};

template <class T, class Seen>
  requires(boost::mp11::mp_contains<Seen, T>::value)
struct all_parts<T, Seen> {
  using type = Seen;
};

template <class T>
using is_stream_type = std::bool_constant<is_stream<T>>;

/// The distinct stream types inside a `T`, in the order they are met.
template <class T>
using stream_types_in = boost::mp11::mp_copy_if<typename all_parts<T>::type, is_stream_type>;

template <class T>
inline constexpr bool holds_streams = boost::mp11::mp_size<stream_types_in<T>>::value > 0;

/// Calls `visit` with every stream inside `value`.
template <class T, class Visit>
void visit_streams(const T& value, const Visit& visit) {
  if constexpr (is_stream<T>) {
    visit(value);
  } else if constexpr (!holds_streams<T>) {
    return;
  } else if constexpr (described<T>) {
    boost::mp11::mp_for_each<members_of<T>>(
      [&](auto member) { visit_streams(value.*member.pointer, visit); });
  } else if constexpr (requires { value.has_value(); }) {
    if (value)
      visit_streams(*value, visit);
  } else if constexpr (requires { value.valueless_by_exception(); }) {
    std::visit([&](const auto& held) { visit_streams(held, visit); }, value);
  } else if constexpr (std::ranges::range<T>) {
    for (const auto& one : value)
      visit_streams(one, visit);
  } else {
    std::apply([&](const auto&... one) { (visit_streams(one, visit), ...); }, value);
  }
}

} // namespace eventcore::detail
