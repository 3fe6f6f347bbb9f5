#pragma once

#include "eventcore/json/containers.hpp"
#include "eventcore/json/structs.hpp"
#include "eventcore/json/times.hpp"

#include <string_view>
#include <type_traits>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

namespace eventcore::detail {

template <json_problem Problem, class Culprit>
struct json_verdict {
  static constexpr auto problem = Problem;
  using culprit = Culprit;
};

template <class T>
using json_fine = json_verdict<json_problem::none, T>;

/// Why there is no format for a `T`.
template <class T>
consteval auto problem_without_format() -> json_problem {
  if constexpr (std::is_array_v<T>)
    return json_problem::c_array;
  else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_reference_v<T>)
    return json_problem::pointer;
  else if constexpr (std::is_same_v<T, std::string_view>)
    return json_problem::view;
  else if constexpr (is_character<T>)
    return json_problem::character;
  else if constexpr (std::is_same_v<T, long double>)
    return json_problem::long_double;
  else if constexpr (std::is_enum_v<T>)
    return json_problem::enum_not_described;
  else if constexpr (std::is_union_v<T>)
    return json_problem::is_union;
  else
    return json_problem::not_described;
}

template <class T>
consteval auto problem_of_format() -> json_problem {
  if constexpr (requires { json_format<T>::problem(); })
    return json_format<T>::problem();
  else
    return json_problem::none;
}

/// The verdict on `T` and all that it holds. `Visited` are the types that hold it, so that
/// recursion ends.
template <class T, class Visited>
consteval auto judge();

template <class Visited>
consteval auto judge_first(boost::mp11::mp_list<>) {
  return json_verdict<json_problem::none, void>{};
}

template <class Visited, class T, class... Rest>
consteval auto judge_first(boost::mp11::mp_list<T, Rest...>) {
  using verdict = decltype(judge<T, Visited>());
  if constexpr (verdict::problem != json_problem::none)
    return verdict{};
  else
    return judge_first<Visited>(boost::mp11::mp_list<Rest...>{});
}

template <class T, class Visited>
consteval auto judge() {
  if constexpr (boost::mp11::mp_contains<Visited, T>::value) {
    return json_verdict<json_problem::none, T>{};
  } else if constexpr (!requires { sizeof(json_format<T>); }) {
    return json_verdict<problem_without_format<T>(), T>{};
  } else if constexpr (constexpr auto own = problem_of_format<T>(); own != json_problem::none) {
    return json_verdict<own, T>{};
  } else if constexpr (requires { typename json_format<T>::needs; }) {
    return judge_first<boost::mp11::mp_push_back<Visited, T>>(typename json_format<T>::needs{});
  } else {
    return json_verdict<json_problem::none, T>{};
  }
}

/// Compiles only when there is no problem. `T` is the type that was asked for, `Culprit` the one
/// within it that cannot be written.
template <class T, class Culprit, json_problem Problem>
struct require_json {
  static_assert(Problem != json_problem::not_described,
                "eventcore: a type has no description; add BOOST_DESCRIBE_STRUCT after it, or "
                "EVENTCORE_STRONG_TYPE, or "
                "specialise eventcore::json_format (Culprit, above, is the type)");
  static_assert(Problem != json_problem::enum_not_described,
                "eventcore: an enum has no description; add BOOST_DESCRIBE_ENUM after it (Culprit, "
                "above, is the type)");
  static_assert(
    Problem != json_problem::description_incomplete,
    "eventcore: BOOST_DESCRIBE_STRUCT does not name every member; what is not named would be lost");
  static_assert(Problem != json_problem::not_an_aggregate,
                "eventcore: the members of a type with constructors or private members cannot be "
                "counted; make it a plain "
                "struct, or specialise eventcore::strong_type or eventcore::json_format");
  static_assert(Problem != json_problem::has_bases,
                "eventcore: a described type has base classes; make them members");
  static_assert(Problem != json_problem::c_array,
                "eventcore: a member is a C array; use std::array");
  static_assert(Problem != json_problem::pointer,
                "eventcore: pointers and references cannot be stored");
  static_assert(Problem != json_problem::view,
                "eventcore: std::string_view does not own its text; use std::string");
  static_assert(Problem != json_problem::character,
                "eventcore: is a character a number or a text? Use std::int8_t or std::string");
  static_assert(Problem != json_problem::long_double,
                "eventcore: long double differs by machine; use double");
  static_assert(Problem != json_problem::is_union,
                "eventcore: unions cannot be stored; use std::variant");
  static_assert(Problem != json_problem::const_member,
                "eventcore: a member is const, so it cannot be read");
  static_assert(Problem != json_problem::not_default_constructible,
                "eventcore: a type cannot be read because it has no default constructor");
  static_assert(Problem != json_problem::nested_optional,
                "eventcore: an optional of an optional cannot be told from an empty one");
  static_assert(Problem != json_problem::map_key,
                "eventcore: the keys of a map are texts or integers, or strong types of them");
  static_assert(Problem != json_problem::variant_alternative,
                "eventcore: the alternatives of a variant are classes with a name of their own, "
                "since it says which one "
                "is stored");
  static_assert(Problem != json_problem::variant_names,
                "eventcore: two alternatives of a variant have the same name");
  static_assert(
    Problem != json_problem::time_unit,
    "eventcore: a time counts whole ticks that divide a microsecond or are made of microseconds");
  static constexpr bool ok = Problem == json_problem::none;
};

template <class T>
using json_verdict_on = decltype(judge<T, boost::mp11::mp_list<>>());

} // namespace eventcore::detail

namespace eventcore {

/// A type that the codec writes and reads, with all that it holds.
template <class T>
concept json_codable = detail::json_verdict_on<T>::problem == json_problem::none;

/// Stops the compiler with a text that says why when `T` is not `json_codable`.
template <class T>
consteval void assert_json_codable() {
  using verdict = detail::json_verdict_on<T>;
  static_assert(detail::require_json<T, typename verdict::culprit, verdict::problem>::ok);
}

} // namespace eventcore
