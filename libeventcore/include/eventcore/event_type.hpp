#pragma once

#include "eventcore/codec.hpp"
#include "eventcore/stream.hpp"

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <boost/mp11/set.hpp>

namespace eventcore {

/// What is stored with every event of one type. Identified by its address where a program meets its
/// own values.
struct event_type {
  std::string_view name;
  std::uint32_t version = 1;
  eventcore::encoding encoding = eventcore::encoding::json;
};

/// The stored name of an event: `static constexpr std::string_view name` of the type, else its
/// plain name.
template <class Event>
consteval auto event_name() -> std::string_view {
  return json_name<Event>();
}

/// The stored version of an event's shape: `static constexpr std::uint32_t type_version` of the
/// type, else 1.
template <class Event>
consteval auto event_type_version() -> std::uint32_t {
  if constexpr (requires { requires !std::is_member_pointer_v<decltype(&Event::type_version)>; })
    return Event::type_version;
  else
    return 1;
}

/// Whether `stored` names `Event`: by its name, or by one of `static constexpr
/// std::array<std::string_view, N> aliases` that it had before.
template <class Event>
constexpr auto is_named(std::string_view stored) -> bool {
  if (stored == event_name<Event>())
    return true;
  if constexpr (requires { requires !std::is_member_pointer_v<decltype(&Event::aliases)>; })
    for (const std::string_view alias : Event::aliases)
      if (stored == alias)
        return true;
  return false;
}

namespace detail {

template <class Kind>
struct kind_events {
  using type = typename Kind::events;
};

template <has_outer_traits Kind>
struct kind_events<Kind> {
  using type = typename stream_traits<Kind>::events;
};

template <class Kind>
struct kind_codec {
  using type = json_codec;
};

template <class Kind>
  requires requires { typename Kind::codec; }
struct kind_codec<Kind> {
  using type = typename Kind::codec;
};

} // namespace detail

/// The list `ec::events<...>` of a kind.
template <stream_kind Kind>
using events_of = typename detail::kind_events<Kind>::type;

/// The codec of a kind.
template <stream_kind Kind>
using codec_of = typename detail::kind_codec<Kind>::type;

/// Whether streams of `Kind` may hold an `Event`.
template <class Event, class Kind>
inline constexpr bool is_event_of = boost::mp11::mp_contains<events_of<Kind>, Event>::value;

/// What is stored with each `Event` of a stream of `Kind`.
template <class Kind, class Event>
inline constexpr event_type event_type_of{.name = event_name<Event>(),
                                          .version = event_type_version<Event>(),
                                          .encoding = codec_of<Kind>::encoding};

} // namespace eventcore
