#pragma once

#include "eventcore/event_info.hpp"
#include "eventcore/kinds.hpp"
#include "eventcore/view_type.hpp"

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

// What follows from a projection's type: which events it applies, and what is wrong with it.
namespace eventcore::detail {

/// Stands for any argument, to find an `apply` that takes a wrong second one.
struct any_argument {
  template <class T>
  operator T&() const;
};

template <class Projection, class Event>
concept projects_with_info =
  requires(Projection& p, const Event& event, const event_info& about) { p.apply(event, about); };

template <class Projection, class Event>
concept projects_alone = requires(Projection& p, const Event& event) { p.apply(event); };

template <class Projection, class Event>
concept projects = projects_with_info<Projection, Event> || projects_alone<Projection, Event>;

/// There is an `apply` for the event, but it cannot be called as it should be. It would be passed
/// over in silence.
template <class Projection, class Event>
concept misses = !projects<Projection, Event>
                 && (requires(Projection& p, const Event& event) { p.apply(event, any_argument{}); }
                     || requires(Projection& p, Event& event) { p.apply(event); }
                     || requires(Projection& p, Event&& event) { p.apply(std::move(event)); }
                     || requires(Projection& p, Event& event, const event_info& about) {
                          p.apply(event, about);
                        }
                     || requires(Projection& p, Event&& event, const event_info& about) {
                          p.apply(std::move(event), about);
                        });

template <class Projection, class Event>
auto call_apply(Projection& projection, const Event& event, const event_info& about) {
  if constexpr (projects_with_info<Projection, Event>)
    return projection.apply(event, about);
  else
    return projection.apply(event);
}

template <class Projection, class Event>
consteval auto returns_well() -> bool {
  using returned = decltype(call_apply(std::declval<Projection&>(), std::declval<const Event&>(),
                                       std::declval<const event_info&>()));
  return std::is_void_v<returned> || std::is_same_v<returned, result<>>;
}

/// What can be wrong with a projection's type.
enum class projection_problem {
  none,
  not_mutable,
  no_name,
  no_streams,
  not_a_kind,
  bad_kind,
  repeated_kind,
  wrong_reads,
  wrong_apply,
  wrong_result,
  no_apply,
};

template <class T>
inline constexpr bool is_kinds = false;
template <class... Kinds>
inline constexpr bool is_kinds<kinds<Kinds...>> = sizeof...(Kinds) > 0;

template <class Projection, stream_kind Kind>
struct events_for {
  template <class... Events>
  struct list {
    static constexpr std::size_t count = sizeof...(Events);
    static constexpr std::size_t applied =
      (std::size_t{0} + ... + std::size_t{projects<Projection, Events>});
    static constexpr bool missed = (misses<Projection, Events> || ...);
    static consteval auto return_well() -> bool {
      const auto well = []<class Event>() {
        if constexpr (projects<Projection, Event>)
          return returns_well<Projection, Event>();
        else
          return true;
      };
      return (well.template operator()<Events>() && ...);
    }
  };
  template <class... Events>
  static auto make(const events<Events...>*) -> list<Events...>;
  using type = decltype(make(static_cast<const events_of<Kind>*>(nullptr)));
};

template <class Projection, stream_kind Kind>
using events_for_t = typename events_for<Projection, Kind>::type;

template <class... Kinds>
consteval auto kind_names_are_unique() -> bool {
  const std::string_view names[] = {kind_name<Kinds>()...};
  for (std::size_t i = 0; i < sizeof...(Kinds); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j])
        return false;
  return true;
}

template <class Projection, class... Kinds>
consteval auto find_kinds_problem(const kinds<Kinds...>*) -> projection_problem {
  using enum projection_problem;
  if constexpr (!(stream_kind<Kinds> && ...))
    return not_a_kind;
  else if constexpr (!((is_kind_name(kind_name<Kinds>()) && event_names_are_unique<Kinds>())
                       && ...))
    return bad_kind;
  else if constexpr (!kind_names_are_unique<Kinds...>())
    return repeated_kind;
  else if constexpr ((events_for_t<Projection, Kinds>::missed || ...))
    return wrong_apply;
  else if constexpr (!(events_for_t<Projection, Kinds>::return_well() && ...))
    return wrong_result;
  else if constexpr ((std::size_t{0} + ... + events_for_t<Projection, Kinds>::applied) == 0)
    return no_apply;
  else
    return none;
}

template <class Projection>
concept has_projection_name = requires {
  requires std::is_same_v<decltype(&Projection::name), const std::string_view*>;
} && !std::string_view{Projection::name}.empty();

template <class Projection>
consteval auto find_projection_problem() -> projection_problem {
  using enum projection_problem;
  if constexpr (std::is_const_v<Projection>)
    return not_mutable;
  else if constexpr (!has_projection_name<Projection>)
    return no_name;
  else if constexpr (!requires { requires is_kinds<typename Projection::streams>; })
    return no_streams;
  else if constexpr (
    requires { &Projection::reads; }
    && !requires { requires std::is_same_v<decltype(&Projection::reads), const stream_pattern*>; })
    return wrong_reads;
  else
    return find_kinds_problem<Projection>(
      static_cast<const typename Projection::streams*>(nullptr));
}

} // namespace eventcore::detail
