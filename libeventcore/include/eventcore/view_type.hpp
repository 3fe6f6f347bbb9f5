#pragma once

#include "eventcore/detail/take_event.hpp"
#include "eventcore/detail/view_snapshot.hpp"
#include "eventcore/event_type.hpp"
#include "eventcore/recorded_event.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

namespace eventcore {

/// How the events of a kind are folded into one view, without its C++ type. Identified by its
/// address.
struct view_type {
  std::string_view name;
  std::string_view kind;

  /// The state of a stream without events.
  std::shared_ptr<void> (*create)();

  /// Applies one stored event, or all that upcasters make of it, to a state that `create` or `clone`
  /// made. Fails with `codec_failed` or `archived`, without position and stream (the caller knows
  /// them); passes on what the view's own code throws.
  result<> (*apply)(void* state, const recorded_event& event);

  /// Applies an event that this program made itself. False, and nothing is changed, when the view's
  /// kind has no event of this very type. Passes on what the view's own code throws.
  bool (*apply_value)(void* state, const event_type& type, const void* value);

  /// A copy of a state, to go on from.
  std::shared_ptr<void> (*clone)(const void* state);

  /// How its states are kept in snapshots; null when they are not.
  const state_format* format = nullptr;
};

/// A stream's state under one view, as of `head`; immutable and shared.
struct stream_state {
  stream_head head;
  std::shared_ptr<const void> value;
};

/// Folds the events of a page, which must follow `head` without a gap, into `state` and moves
/// `head` along. Fails with `codec_failed` (an event that the program cannot read, named by
/// position and stream), `archived` (its payload is in a file, which is named), `handler_failed` (the view's code threw) or `store_corrupt` (a version is
/// missing). After a failure `state` must be dropped.
auto fold(const view_type& view, const stream_page& page, void* state, stream_head& head)
  -> result<>;

namespace detail {

template <class View, class Event>
concept applies = requires(View& view, const Event& event) { view.apply(event); }
                  || requires(View& view, const Event& event) { apply(view, event); };

template <class View, class Event>
void apply_event(View& view, const Event& event) {
  if constexpr (requires { view.apply(event); })
    view.apply(event);
  else
    apply(view, event);
}

template <class View>
struct view_taker {
  template <class Event>
  static constexpr bool wants = true;

  View& view;

  template <class Event>
  auto take(const Event& event, const recorded_event&, std::uint32_t) -> result<> {
    apply_event(view, event);
    return {};
  }
};

template <class Kind, class View>
auto apply_recorded(void* state, const recorded_event& event) -> result<> {
  view_taker<View> taker{*static_cast<View*>(state)};
  return take_event<Kind>(taker, event);
}

template <class Kind, class View>
auto apply_value(void* state, const event_type& type, const void* value) -> bool {
  auto& view = *static_cast<View*>(state);
  return [&]<class... Events>(const events<Events...>*) {
    return ((&type == &event_type_of<Kind, Events>
             && (apply_event(view, *static_cast<const Events*>(value)), true))
            || ...);
  }(static_cast<const events_of<Kind>*>(nullptr));
}

template <class View>
auto create_state() -> std::shared_ptr<void> {
  return std::make_shared<View>();
}

template <class View>
auto clone_state(const void* state) -> std::shared_ptr<void> {
  return std::make_shared<View>(*static_cast<const View*>(state));
}

template <class Kind, class View>
consteval auto view_applies_all() -> bool {
  return []<class... Events>(const events<Events...>*) {
    return (applies<View, Events> && ...);
  }(static_cast<const events_of<Kind>*>(nullptr));
}

template <class Kind>
consteval auto event_names_are_unique() -> bool {
  return []<class... Events>(const events<Events...>*) {
    const std::string_view names[] = {event_name<Events>()..., std::string_view{}};
    for (std::size_t i = 0; i < sizeof...(Events); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (names[i] == names[j])
          return false;
    return ((!event_name<Events>().empty() && event_name<Events>().front() != '$') && ...);
  }(static_cast<const events_of<Kind>*>(nullptr));
}

template <class Kind, class View>
consteval auto make_view_type() -> view_type {
  static_assert(stream_kind<Kind>, "eventcore: a kind of stream must list its events: add "
                                   "`using events = ec::events<...>;` or use EVENTCORE_STREAM");
  static_assert(is_kind_name(kind_name<Kind>()),
                "eventcore: the name of a kind reads [a-z][a-z0-9_]*; rename the type or add "
                "`static constexpr std::string_view kind`");
  static_assert(
    event_names_are_unique<Kind>(),
    "eventcore: two events of one kind have the same name, or a name is empty or begins "
    "with the reserved '$'; give one a `static constexpr std::string_view name`");
  static_assert(std::is_default_constructible_v<View> && std::is_copy_constructible_v<View>,
                "eventcore: a view must be default constructible (a stream without events) and "
                "copyable");
  static_assert(view_applies_all<Kind, View>(),
                "eventcore: the view has no apply() for one of the events that its kind lists; add "
                "`void apply(const that_event&)`");
  return {.name = type_name<View>(),
          .kind = kind_name<Kind>(),
          .create = &create_state<View>,
          .apply = &apply_recorded<Kind, View>,
          .apply_value = &apply_value<Kind, View>,
          .clone = &clone_state<View>,
          .format = find_state_format<Kind, View>()};
}

} // namespace detail

/// How streams of `Kind` are folded into `View`.
template <class Kind, class View = Kind>
inline constexpr view_type view_type_of = detail::make_view_type<Kind, View>();

} // namespace eventcore
