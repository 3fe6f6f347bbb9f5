#pragma once

#include "eventcore/described.hpp"
#include "eventcore/json/containers.hpp"
#include "eventcore/json/strong_type.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/describe/bases.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

namespace eventcore {

/// Lists members that a type got after values of it were stored:
///
///     using added_later = eventcore::defaults<&order_placed::fee>;
///
/// Where such a member is missing it gets the value that it has in a default-constructed struct.
template <auto... Members>
struct defaults {};

namespace detail {

template <auto Member, auto... Listed>
consteval auto is_listed(defaults<Listed...>) -> bool {
  const auto is_same = []<auto One>() {
    if constexpr (std::is_same_v<decltype(One), decltype(Member)>)
      return One == Member;
    else
      return false;
  };
  return (is_same.template operator()<Listed>() || ...);
}

template <class T, auto Member>
consteval auto is_added_later() -> bool {
  if constexpr (requires { typename T::added_later; })
    return is_listed<Member>(typename T::added_later{});
  else
    return false;
}

/// What the codec knows of the member that `Descriptor` describes.
template <class T, class Descriptor>
struct member_format {
  static constexpr auto pointer = Descriptor::pointer;
  using type = std::remove_reference_t<decltype(std::declval<T&>().*pointer)>;

  static constexpr bool added_later = is_added_later<T, pointer>();
  // One that may be left out when empty. With a default of its own, empty has to be said.
  static constexpr bool left_out = is_optional<type> && !added_later;

  static constexpr auto key = json_key<Descriptor>::text;

  static auto read(json_reader& in, void* object) -> bool {
    return json_format<type>::read(in, static_cast<T*>(object)->*pointer);
  }

  static void absent(void* object) {
    if constexpr (added_later)
      static_cast<T*>(object)->*pointer = T{}.*pointer;
    else if constexpr (left_out)
      (static_cast<T*>(object)->*pointer).reset();
  }

  static constexpr json_member entry{key, &read, added_later || left_out ? &absent : nullptr};

  static auto is_default(const T& value) -> bool {
    const auto text_of = [](const type& member) {
      std::string text;
      json_writer out{text, json_style::canonical};
      json_format<type>::write(out, member);
      out.finish();
      return text;
    };
    return text_of(value.*pointer) == text_of(T{}.*pointer);
  }

  static void write(json_writer& out, const T& value) {
    if constexpr (left_out)
      if (!(value.*pointer).has_value())
        return;
    if constexpr (added_later)
      if (out.style() == json_style::canonical && is_default(value))
        return;
    out.raw(key);
    json_format<type>::write(out, value.*pointer);
    out.comma();
  }
};

} // namespace detail

/// An object with the members in the order in which they are described.
template <described T>
  requires(!strong<T>)
struct json_format<T> {
private:
  template <class Descriptor>
  using member = detail::member_format<T, Descriptor>;
  template <class Descriptor>
  using member_type = std::remove_cvref_t<decltype(std::declval<T&>().*Descriptor::pointer)>;

public:
  using needs =
    boost::mp11::mp_transform<member_type,
                              boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>>;

  static consteval auto problem() -> json_problem {
    return []<class... D>(boost::mp11::mp_list<D...>) {
      if constexpr (!boost::mp11::mp_empty<
                      boost::describe::describe_bases<T, boost::describe::mod_any_access>>::value)
        return json_problem::has_bases;
      else if constexpr ((std::is_array_v<member_type<D>> || ...))
        return json_problem::c_array;
      else if constexpr (!std::is_aggregate_v<T>)
        return json_problem::not_an_aggregate;
      else if constexpr (!is_fully_described<T>())
        return json_problem::description_incomplete;
      else if constexpr ((std::is_const_v<
                            std::remove_reference_t<decltype(std::declval<T&>().*D::pointer)>>
                          || ...))
        return json_problem::const_member;
      else if constexpr (!std::default_initializable<T>)
        return json_problem::not_default_constructible;
      else
        return json_problem::none;
    }(boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>{});
  }

  static void write(json_writer& out, const T& value) {
    out.open_object();
    [&]<class... D>(boost::mp11::mp_list<D...>) {
      (member<D>::write(out, value), ...);
    }(boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>{});
    out.close_object();
  }

  static auto read(json_reader& in, T& value) -> bool {
    return []<class... D>(json_reader& from, T& to, boost::mp11::mp_list<D...>) {
      static constexpr std::array<detail::json_member, sizeof...(D)> members{member<D>::entry...};
      return from.read_members(members, &to);
    }(in, value, boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>{});
  }
};

/// An object with one member, named after the alternative: `{"card_payment":{...}}`.
template <class... T>
struct json_format<std::variant<T...>> {
  using needs = boost::mp11::mp_list<T...>;

  static consteval auto problem() -> json_problem {
    if constexpr (!((detail::has_static_name<T> || (std::is_class_v<T> && has_plain_name<T>))
                    && ...)) {
      return json_problem::variant_alternative;
    } else {
      constexpr std::array<std::string_view, sizeof...(T)> names{json_name<T>()...};
      for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          if (names[i] == names[j])
            return json_problem::variant_names;
      return json_problem::none;
    }
  }

  static void write(json_writer& out, const std::variant<T...>& value) {
    out.open_object();
    if (value.valueless_by_exception())
      out.defect("a variant without a value");
    else
      std::visit([&](const auto& held) { write_member(out, held); }, value);
    out.close_object();
  }

  static auto read(json_reader& in, std::variant<T...>& value) -> bool {
    static constexpr auto readers = []<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<detail::json_member, sizeof...(T)>{detail::json_member{
        detail::json_key<alternative<T>>::text, &read_alternative<I>, nullptr}...};
    }(std::index_sequence_for<T...>{});
    return in.read_alternative(readers, &value);
  }

private:
  template <class Alternative>
  struct alternative {
    static constexpr auto name = json_name<Alternative>();
  };

  template <class Alternative>
  static void write_member(json_writer& out, const Alternative& held) {
    out.raw(detail::json_key<alternative<Alternative>>::text);
    json_format<Alternative>::write(out, held);
  }

  template <std::size_t I>
  static auto read_alternative(json_reader& in, void* variant) -> bool {
    return json_format<std::variant_alternative_t<I, std::variant<T...>>>::read(
      in, static_cast<std::variant<T...>*>(variant)->template emplace<I>());
  }
};

} // namespace eventcore
