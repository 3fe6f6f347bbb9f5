#pragma once

#include "eventcore/detail/shape_builder.hpp"
#include "eventcore/json.hpp"
#include "eventcore/stream_id.hpp"
#include "eventcore/type_name.hpp"
#include "eventcore/uuid.hpp"

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

// How the JSON of a type looks, as `json_format` writes it.
namespace eventcore::detail {

template <class T>
void describe_shape(shape_builder& out);

template <class T>
void describe_at(shape_builder& out, std::string_view step) {
  out.enter(step);
  describe_shape<T>(out);
  out.leave();
}

/// Whether the library's own format is used, and not one that the user wrote for the type.
template <class T>
consteval auto has_own_format() -> bool {
  if constexpr (requires { typename json_format<T>::needs; }) {
    using needs = typename json_format<T>::needs;
    if constexpr (strong<T>)
      return std::same_as<needs, boost::mp11::mp_list<unwrapped<T>>>;
    else if constexpr (described<T>)
      return boost::mp11::mp_size<needs>::value == boost::mp11::mp_size<members_of<T>>::value
             && problem_of_format<T>() == json_problem::none;
  }
  return false;
}

template <class T, class Descriptor>
void describe_member(shape_builder& out) {
  using member = member_format<T, Descriptor>;
  using type = std::remove_cv_t<typename member::type>;
  out.enter_member(Descriptor::name);
  if constexpr (member::added_later) {
    out.has_default(canonical_json(T{}.*member::pointer));
    describe_shape<type>(out);
  } else if constexpr (member::left_out) {
    out.is_optional();
    describe_shape<typename type::value_type>(out);
  } else {
    describe_shape<type>(out);
  }
  out.leave();
}

template <class T>
void describe_object(shape_builder& out) {
  if (!out.begin_type(&type_mark<T>))
    return;
  out.is("object");
  [&]<class... D>(boost::mp11::mp_list<D...>) {
    (describe_member<T, D>(out), ...);
  }(boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>{});
  out.end_type();
}

/// How the JSON of a type of the library or the standard looks; the last of all is a type of the
/// user's with a format of its own.
template <class T>
struct shape_of_type {
  static void describe(shape_builder& out) {
    if constexpr (std::same_as<T, bool>) {
      out.is("bool");
    } else if constexpr (json_integer<T>) {
      out.is(integer_name(sizeof(T), std::signed_integral<T>));
    } else if constexpr (std::same_as<T, float>) {
      out.is("float");
    } else if constexpr (std::same_as<T, double>) {
      out.is("double");
    } else if constexpr (std::same_as<T, std::string>) {
      out.is("string");
    } else if constexpr (std::same_as<T, stream_id>) {
      out.is("stream id");
    } else if constexpr (requires { json_format<T>::choices; }) {
      std::vector<std::string_view> names;
      for (const auto& choice : json_format<T>::choices)
        names.push_back(choice.name);
      out.is(one_of("name of", names));
    } else if constexpr (strong<T> && has_own_format<T>()) {
      describe_shape<unwrapped<T>>(out);
    } else if constexpr (described<T> && has_own_format<T>()) {
      describe_object<T>(out);
    } else if (out.begin_type(&type_mark<T>)) {
      out.is(std::string{"custom "}.append(last_of_type_name<T>()));
      out.end_type();
    }
  }
};

template <class Tag>
struct shape_of_type<uuid<Tag>> {
  static void describe(shape_builder& out) { out.is("uuid"); }
};

template <class Duration>
struct shape_of_type<std::chrono::sys_time<Duration>> {
  static void describe(shape_builder& out) {
    using period = typename Duration::period;
    out.is("time in " + duration_name(period::num, period::den));
  }
};

template <class Rep, class Period>
struct shape_of_type<std::chrono::duration<Rep, Period>> {
  static void describe(shape_builder& out) {
    if constexpr (std::integral<Rep>)
      out.is(integer_name(sizeof(Rep), std::signed_integral<Rep>) + " in "
             + duration_name(Period::num, Period::den));
    else
      out.is("double in " + duration_name(Period::num, Period::den));
  }
};

template <class T>
struct shape_of_type<std::optional<T>> {
  static void describe(shape_builder& out) {
    out.or_null();
    describe_shape<T>(out);
  }
};

template <class T>
struct shape_of_list {
  static void describe(shape_builder& out) {
    out.is("list");
    describe_at<T>(out, "[]");
  }
};

template <class T>
struct shape_of_set {
  static void describe(shape_builder& out) {
    out.is("set");
    describe_at<T>(out, "[]");
  }
};

template <class Key, class T>
struct shape_of_map {
  static void describe(shape_builder& out) {
    shape_builder key;
    describe_shape<Key>(key);
    out.is("map by " + key.take().front().type);
    describe_at<T>(out, "{}");
  }
};

template <class... T>
struct shape_of_tuple {
  static void describe(shape_builder& out) {
    out.is("list of " + std::to_string(sizeof...(T)));
    std::size_t index = 0;
    (describe_at<T>(out, "[" + std::to_string(index++) + "]"), ...);
  }
};

template <class T, class... More>
struct shape_of_type<std::vector<T, More...>> : shape_of_list<T> {};
template <class T, class... More>
struct shape_of_type<std::set<T, More...>> : shape_of_set<T> {};
template <class T, class... More>
struct shape_of_type<std::unordered_set<T, More...>> : shape_of_set<T> {};
template <class Key, class T, class... More>
struct shape_of_type<std::map<Key, T, More...>> : shape_of_map<Key, T> {};
template <class Key, class T, class... More>
struct shape_of_type<std::unordered_map<Key, T, More...>> : shape_of_map<Key, T> {};
template <class A, class B>
struct shape_of_type<std::pair<A, B>> : shape_of_tuple<A, B> {};
template <class... T>
struct shape_of_type<std::tuple<T...>> : shape_of_tuple<T...> {};

template <class T, std::size_t N>
struct shape_of_type<std::array<T, N>> {
  static void describe(shape_builder& out) {
    out.is("list of " + std::to_string(N));
    describe_at<T>(out, "[]");
  }
};

template <class... T>
struct shape_of_type<std::variant<T...>> {
  static void describe(shape_builder& out) {
    static constexpr std::array<std::string_view, sizeof...(T)> names{json_name<T>()...};
    out.is(one_of("object of", names));
    (describe_at<T>(out, std::string{"("}.append(json_name<T>()).append(")")), ...);
  }
};

template <class T>
void describe_shape(shape_builder& out) {
  shape_of_type<T>::describe(out);
}

} // namespace eventcore::detail
