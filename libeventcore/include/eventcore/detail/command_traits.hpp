#pragma once

#include "eventcore/boundary.hpp"
#include "eventcore/context.hpp"
#include "eventcore/detail/visit_streams.hpp"
#include "eventcore/emit.hpp"
#include "eventcore/many.hpp"
#include "eventcore/states.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

// What follows from a command's description: its boundary, and the arguments of `handle` and
// `discover`.
namespace eventcore::detail {

// -- what one described member gives to handle() ----------------------------

/// A member that is no parameter by itself; streams inside it are handed over in a `many` at the
/// end.
template <class Member>
struct slot {
  static constexpr bool is_parameter = false;
};

template <class Kind, class View>
struct slot<stream<Kind, View>> {
  static constexpr bool is_parameter = true;
  using argument = const View&;

  static auto declare(const stream<Kind, View>& member, boundary& out) -> result<> {
    return out.add(member.id(), view_type_of<Kind, View>, false);
  }

  static auto get(const stream<Kind, View>& member, const boundary& read) -> argument {
    return *static_cast<const View*>(
      read.find(member.id(), view_type_of<Kind, View>)->state.value.get());
  }
};

template <class Kind, class View>
struct slot<std::optional<stream<Kind, View>>> {
  static constexpr bool is_parameter = true;
  using argument = const View*;

  static auto declare(const std::optional<stream<Kind, View>>& member, boundary& out) -> result<> {
    return member ? slot<stream<Kind, View>>::declare(*member, out) : result<>{};
  }

  static auto get(const std::optional<stream<Kind, View>>& member, const boundary& read)
    -> argument {
    return member ? &slot<stream<Kind, View>>::get(*member, read) : nullptr;
  }
};

template <class Kind, class View>
struct slot<streams<Kind, View>> {
  static constexpr bool is_parameter = true;
  using argument = many<Kind, View>;

  static auto declare(const streams<Kind, View>& member, boundary& out) -> result<> {
    for (const auto& one : member)
      if (auto added = slot<stream<Kind, View>>::declare(one, out); !added)
        return added;
    return {};
  }

  static auto get(const streams<Kind, View>& member, const boundary& read) -> argument {
    std::vector<stream<Kind, View>> ordered{member.begin(), member.end()};
    std::ranges::sort(ordered);
    const auto doubles = std::ranges::unique(ordered);
    ordered.erase(doubles.begin(), doubles.end());
    argument all;
    for (auto& one : ordered) {
      const auto& state = slot<stream<Kind, View>>::get(one, read);
      all.add(std::move(one), state);
    }
    return all;
  }
};

// -- what the whole command gives to handle() and discover() ----------------

template <class Command>
struct traits {
  template <class Descriptor>
  using type_of = member_type<Command, Descriptor>;
  template <class Descriptor>
  using is_parameter = std::bool_constant<slot<type_of<Descriptor>>::is_parameter>;

  using members = members_of<Command>;
  using parameters = boost::mp11::mp_copy_if<members, is_parameter>;
  using others = boost::mp11::mp_remove_if<members, is_parameter>;

  template <class Descriptor>
  using streams_inside = stream_types_in<type_of<Descriptor>>;
  using nested = boost::mp11::mp_flatten<boost::mp11::mp_rename<
    boost::mp11::mp_transform<streams_inside, others>, boost::mp11::mp_list>>;

  /// The stream types that come as one `many` each, after the members.
  using listed =
    boost::mp11::mp_unique<boost::mp11::mp_append<nested, typename found_streams<Command>::type>>;

  static constexpr bool has_streams =
    boost::mp11::mp_size<parameters>::value + boost::mp11::mp_size<listed>::value > 0;

  template <class Descriptor>
  using argument_of = typename slot<type_of<Descriptor>>::argument;
  template <class Stream>
  using many_of = many<typename Stream::kind_type, typename Stream::view_type>;

  using arguments = boost::mp11::mp_append<
    std::tuple<>,
    boost::mp11::mp_rename<boost::mp11::mp_transform<argument_of, parameters>, std::tuple>,
    boost::mp11::mp_rename<boost::mp11::mp_transform<many_of, listed>, std::tuple>>;
};

template <class Command, class... More>
struct callable {
  template <class T>
  using as_parameter = const T&;

  template <class... Args>
  static consteval auto with(std::tuple<Args...>*) -> bool {
    return requires(const Command& command, const Args&... args, More... more) {
      command.handle(args..., more...);
    };
  }
  template <class... Args>
  static consteval auto discovers_with(std::tuple<Args...>*) -> bool {
    return requires(const Command& command, const Args&... args, More... more) {
      command.discover(args..., more...);
    };
  }

  static constexpr bool by_member =
    with(static_cast<typename traits<Command>::arguments*>(nullptr));
  static constexpr bool by_states = requires(const Command& command, const states<Command>& all,
                                             More... more) { command.handle(all, more...); };
  static constexpr bool discovers_by_member =
    discovers_with(static_cast<typename traits<Command>::arguments*>(nullptr));
  static constexpr bool discovers_by_states =
    requires(const Command& command, const states<Command>& all, More... more) {
      command.discover(all, more...);
    };
};

/// The states of the nested and discovered streams of one type.
template <class Stream>
auto listed_states(const boundary& read) {
  using kind = typename Stream::kind_type;
  using view = typename Stream::view_type;
  many<kind, view> all;
  for (const auto& entry : read.entries())
    if (entry.listed && entry.loaded && entry.wanted.view == &view_type_of<kind, view>)
      all.add(*Stream::from_id(entry.wanted.stream),
              *static_cast<const view*>(entry.state.value.get()));
  return all;
}

/// The arguments by member, once the command's own streams are loaded.
template <class Command>
auto arguments_for(const Command& command, const boundary& read) {
  using of = traits<Command>;
  return [&]<class... Parameters, class... Listed>(boost::mp11::mp_list<Parameters...>,
                                                   boost::mp11::mp_list<Listed...>) {
    return typename of::arguments{
      slot<member_type<Command, Parameters>>::get(command.*Parameters::pointer, read)...,
      listed_states<Listed>(read)...};
  }(boost::mp11::mp_rename<typename of::parameters, boost::mp11::mp_list>{}, typename of::listed{});
}

} // namespace eventcore::detail
