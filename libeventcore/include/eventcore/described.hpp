#pragma once

#include <cstddef>
#include <type_traits>

#include <boost/describe/members.hpp>
#include <boost/mp11/list.hpp>
#include <boost/pfr/tuple_size.hpp>

namespace eventcore {

/// A class whose members are named by `BOOST_DESCRIBE_STRUCT`.
template <class T>
concept described = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;

/// The descriptors of the members of `T` in the order they were described; each has `pointer` and
/// `name`.
template <described T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public>;

/// Whether the description of `T` names all of its members, so that none is lost in silence.
/// Counted when compiling, which needs an aggregate without base classes and without C arrays.
template <described T>
consteval auto is_fully_described() -> bool {
  if constexpr (std::is_aggregate_v<T>)
    return boost::pfr::tuple_size_v<T> == boost::mp11::mp_size<members_of<T>>::value;
  else
    return false;
}

} // namespace eventcore
