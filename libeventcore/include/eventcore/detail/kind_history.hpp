#pragma once

#include "eventcore/event_type.hpp"
#include "eventcore/upcaster.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

// What a kind's stored events may be, now and formerly.
namespace eventcore::detail {

/// An event that a kind lists.
struct known_event {
  const event_type* type = nullptr;
  std::span<const std::string_view> aliases{};

  constexpr auto is_named(std::string_view stored) const -> bool {
    if (stored == type->name)
      return true;
    for (const auto alias : aliases)
      if (stored == alias)
        return true;
    return false;
  }
};

struct kind_history {
  std::string_view kind;
  std::span<const known_event> events;
  std::span<const upcaster> upcasters;

  // Numbers, because g++ with its sanitizers cannot compare addresses when compiling.
  static constexpr auto none = static_cast<std::size_t>(-1);

  /// Which listed event has this present or former name, or `none`.
  constexpr auto number_of(std::string_view stored) const -> std::size_t {
    for (std::size_t i = 0; i < events.size(); ++i)
      if (events[i].is_named(stored))
        return i;
    return none;
  }

  /// Which upcaster takes a stored event, or `none`.
  constexpr auto number_of(std::string_view stored, std::uint32_t version) const -> std::size_t {
    const auto exactly = [&](std::string_view type) {
      for (std::size_t i = 0; i < upcasters.size(); ++i)
        if (upcasters[i].type == type
            && (upcasters[i].version == version || upcasters[i].version == 0))
          return i;
      return none;
    };
    if (const auto found = exactly(stored); found != none)
      return found;
    const auto event = number_of(stored);
    return event == none ? none : exactly(events[event].type->name);
  }

  /// The same by address; null when there is none.
  auto find(std::string_view stored) const -> const known_event* {
    const auto found = number_of(stored);
    return found == none ? nullptr : &events[found];
  }
  auto find(std::string_view stored, std::uint32_t version) const -> const upcaster* {
    const auto found = number_of(stored, version);
    return found == none ? nullptr : &upcasters[found];
  }
};

/// What can be wrong with a kind's former names and upcasters.
enum class upcaster_problem : std::uint8_t {
  none,
  shared_name,
  not_json,
  version_zero,
  repeated,
  not_older,
  unknown_event,
  gap,
};

consteval auto problem_of_upcaster(const kind_history& history, const upcaster& one)
  -> upcaster_problem {
  using enum upcaster_problem;
  if (one.does != upcast::drop && one.version == 0)
    return version_zero;
  int alike = 0;
  for (const auto& other : history.upcasters)
    alike += other.type == one.type
             && (other.version == one.version || other.version == 0 || one.version == 0);
  if (alike > 1)
    return repeated;
  const auto event = history.number_of(one.type);
  const bool is_listed = event != kind_history::none;
  const auto present = is_listed ? history.events[event].type->version : 0;
  if (is_listed && (one.version == 0 || one.version >= present))
    return not_older;
  if (one.does != upcast::step || one.version + 1 == present)
    return none;
  if (history.number_of(one.type, one.version + 1) != kind_history::none)
    return none;
  return is_listed ? gap : unknown_event;
}

consteval auto shares_names(const kind_history& history) -> bool {
  for (std::size_t i = 0; i < history.events.size(); ++i)
    for (const auto alias : history.events[i].aliases)
      for (std::size_t j = 0; j < history.events.size(); ++j)
        if (j != i && history.events[j].is_named(alias))
          return true;
  return false;
}

consteval auto find_upcaster_problem(const kind_history& history) -> upcaster_problem {
  if (shares_names(history))
    return upcaster_problem::shared_name;
  for (const auto& one : history.upcasters)
    if (const auto problem = problem_of_upcaster(history, one); problem != upcaster_problem::none)
      return problem;
  if (!history.upcasters.empty())
    for (const auto& event : history.events)
      if (event.type->encoding != encoding::json)
        return upcaster_problem::not_json;
  return upcaster_problem::none;
}

template <class Event>
consteval auto aliases_of() -> std::span<const std::string_view> {
  if constexpr (requires { requires !std::is_member_pointer_v<decltype(&Event::aliases)>; })
    return Event::aliases;
  else
    return {};
}

template <class Kind, class List>
struct known_events;

template <class Kind, class... Events>
struct known_events<Kind, events<Events...>> {
  static constexpr std::array<known_event, sizeof...(Events)> all{
    known_event{&event_type_of<Kind, Events>, aliases_of<Events>()}...};
};

template <class Kind>
consteval auto make_kind_history() -> kind_history {
  static_assert(
    requires { std::span<const upcaster>{upcasters_of<Kind>}; },
    "eventcore: `upcasters` of a kind must be `static constexpr std::array upcasters{"
    "ec::upcaster::step(\"event\", 1, &function), ...};`");
  return {.kind = kind_name<Kind>(),
          .events = known_events<Kind, events_of<Kind>>::all,
          .upcasters = upcasters_of<Kind>};
}

template <class Kind>
consteval auto make_checked_history() -> kind_history {
  constexpr auto history = make_kind_history<Kind>();
  constexpr auto problem = find_upcaster_problem(history);
  using enum upcaster_problem;
  static_assert(problem != shared_name,
                "eventcore: a former name of an event (`aliases`) is also a name of another event "
                "of the kind, so that nobody can tell which of them is stored; give the new one "
                "another name");
  static_assert(problem != not_json,
                "eventcore: upcasters work on JSON, but the kind's codec writes bytes; let its "
                "decode() read the older payloads, and leave the upcasters out");
  static_assert(problem != version_zero,
                "eventcore: an upcaster of the kind takes version 0; stored versions begin with 1");
  static_assert(problem != repeated,
                "eventcore: two upcasters of the kind take the same version of the same event; "
                "leave one out, or give one step from each version");
  static_assert(problem != not_older,
                "eventcore: an upcaster of the kind takes a version that the event has now or will "
                "have; raise `static constexpr std::uint32_t type_version` of the event, or leave "
                "the upcaster out");
  static_assert(problem != unknown_event,
                "eventcore: a step of the kind leads to an event that the kind does not list, and "
                "no step, split or drop goes on from there; name the event as it is stored, or "
                "list it among the events, or its name among the aliases of one");
  static_assert(problem != gap,
                "eventcore: a step of the kind leads to a version older than the event's, and no "
                "upcaster goes on from there; add the steps up to `type_version`");
  return history;
}

template <class Kind>
inline constexpr kind_history history_of = make_checked_history<Kind>();

} // namespace eventcore::detail
