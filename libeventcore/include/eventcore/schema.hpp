#pragma once

#include "eventcore/detail/kind_history.hpp"
#include "eventcore/shape.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eventcore {

/// An event as a program stores it.
struct event_schema {
  std::string name{};
  std::uint32_t version = 1;
  std::vector<std::string> aliases{}; ///< names that it had before
  std::vector<shape_place> places{};  ///< of its payload, the whole first
};

/// An upcaster of a kind.
struct upcaster_schema {
  std::string type{};
  std::uint32_t version = 0; ///< that it takes; 0: all
  upcast does = upcast::drop;
};

struct kind_schema {
  std::string name{};
  std::vector<event_schema> events{};       ///< in the order in which the kind lists them
  std::vector<upcaster_schema> upcasters{}; ///< likewise
};

/// What a program stores and what it reads: its kinds, events, versions and members. Made by
/// `schema`.
struct stored_schema {
  std::vector<kind_schema> kinds{};

  /// For people and for files that are compared: a line for each kind, event, place in an event and
  /// upcaster, in their order. Ends with a line feed, unless there is no kind.
  auto text() const -> std::string;

  /// The same for programs, compact.
  auto json() const -> std::string;
};

namespace detail {

template <class Kind, class Event>
auto make_event_schema() -> event_schema {
  event_schema made{.name = std::string{event_name<Event>()},
                    .version = event_type_version<Event>()};
  for (const auto alias : aliases_of<Event>())
    made.aliases.emplace_back(alias);
  if constexpr (event_type_of<Kind, Event>.encoding == encoding::json && json_codable<Event>)
    made.places = places_of<Event>();
  else
    made.places.push_back({.type = std::string{"what the codec "}
                                     .append(last_of_type_name<codec_of<Kind>>())
                                     .append(" writes")});
  return made;
}

template <class Kind>
auto make_kind_schema() -> kind_schema {
  kind_schema made{.name = std::string{kind_name<Kind>()}};
  [&]<class... Events>(const events<Events...>*) {
    (made.events.push_back(make_event_schema<Kind, Events>()), ...);
  }(static_cast<const events_of<Kind>*>(nullptr));
  for (const auto& one : history_of<Kind>.upcasters)
    made.upcasters.push_back({std::string{one.type}, one.version, one.does});
  return made;
}

} // namespace detail

/// The schema of a program that uses these kinds:
///
///     fmt::print("{}", ec::schema<account, order>().text());
template <stream_kind... Kinds>
auto schema() -> stored_schema {
  stored_schema made;
  (made.kinds.push_back(detail::make_kind_schema<Kinds>()), ...);
  return made;
}

} // namespace eventcore
