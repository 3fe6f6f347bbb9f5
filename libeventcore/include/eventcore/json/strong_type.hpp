#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/json/format.hpp"
#include "eventcore/json/reader.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

namespace eventcore {

/// The plain case of `strong_type`: a struct around one public member.
template <auto Member>
struct strong_member;

template <class T, class Value, Value T::* Member>
struct strong_member<Member> {
  static auto unwrap(const T& value) -> const Value& { return value.*Member; }
  static auto wrap(Value value) -> T {
    T made{};
    made.*Member = std::move(value);
    return made;
  }
};

/// Says that a `T` is written as another value is. Specialise it for a class of your own:
///
///     template <>
///     struct eventcore::strong_type<iban> {
///       static auto unwrap(const iban& value) -> const std::string&;
///       static auto wrap(std::string text) -> result<iban>;              // or `-> iban` when
///       nothing can be wrong
///     };
///
/// The detail of a failure of `wrap` becomes the reason of the failure to read. The simple case is
/// `EVENTCORE_STRONG_TYPE`.
template <class T>
struct strong_type {};

template <class T>
  requires requires(const T* none) { eventcore_strong_type(none); }
struct strong_type<T> : decltype(eventcore_strong_type(static_cast<const T*>(nullptr))){};

/// A type for which `strong_type` says how it is written.
template <class T>
concept strong = requires(const T& value) { strong_type<T>::unwrap(value); };

/// What a strong type is written as.
template <strong T>
using unwrapped = std::remove_cvref_t<decltype(strong_type<T>::unwrap(std::declval<const T&>()))>;

template <strong T>
struct json_format<T> {
  using value_type = unwrapped<T>;
  using needs = boost::mp11::mp_list<value_type>;

  static consteval auto problem() -> json_problem {
    return std::default_initializable<T> ? json_problem::none
                                         : json_problem::not_default_constructible;
  }

  static constexpr auto shape = [] {
    if constexpr (requires { json_format<value_type>::shape; })
      return json_format<value_type>::shape;
    else
      return json_shape::other;
  }();

  static void write(json_writer& out, const T& value) {
    json_format<value_type>::write(out, strong_type<T>::unwrap(value));
  }

  static auto read(json_reader& in, T& value) -> bool {
    const auto* where = in.mark();
    value_type inner{};
    if (!json_format<value_type>::read(in, inner))
      return false;
    auto wrapped = strong_type<T>::wrap(std::move(inner));
    if constexpr (std::is_same_v<decltype(wrapped), T>) {
      value = std::move(wrapped);
    } else {
      if (!wrapped)
        return in.refuse(std::move(wrapped.error().detail), where);
      value = *std::move(wrapped);
    }
    return true;
  }
};

} // namespace eventcore

/// Writes `type` as its public member `member` is written. Stands in the namespace of `type`, after
/// it.
#define EVENTCORE_STRONG_TYPE(type, member)                                                        \
  [[maybe_unused]] auto eventcore_strong_type(const type*)                                         \
    -> ::eventcore::strong_member<&type::member>;
