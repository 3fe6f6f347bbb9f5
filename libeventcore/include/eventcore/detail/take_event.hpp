#pragma once

#include "eventcore/codec.hpp"
#include "eventcore/detail/kind_history.hpp"
#include "eventcore/recorded_event.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// From a stored event to the program's own values.
namespace eventcore::detail {

/// An event in the form in which this program writes it.
struct current_event {
  const event_type* type = nullptr;
  std::string payload{};
};

auto unknown_event(std::string_view kind, const recorded_event& event) -> failure;

/// The events that a stored one stands for, in order; it is in no form that this program writes. The
/// one that closes a stream stands for none. Fails with `codec_failed` or `archived`.
auto lift(const kind_history& history, const recorded_event& stored)
  -> result<std::vector<current_event>>;

/// `stored`, with the type and the payload of an event that it stands for. Its views are those of
/// both.
auto as_recorded(const current_event& event, const recorded_event& stored) -> recorded_event;

/// Gives `event` to `taker` if it is an `Event` as this program writes it. False when it is not, and
/// when it is an older version of one that the taker does not want, of which a part may be wanted.
template <class Kind, class Event, class Taker>
auto take_as(Taker& taker, const recorded_event& event, std::uint32_t index, result<>& outcome)
  -> bool {
  constexpr auto& type = event_type_of<Kind, Event>;
  if (!is_named<Event>(event.type))
    return false;
  if constexpr (!Taker::template wants<Event>) {
    return event.type_version >= type.version || history_of<Kind>.upcasters.empty();
  } else {
    if (event.type_version != type.version || event.encoding != type.encoding) [[unlikely]]
      return false;
    const auto decoded = codec_of<Kind>::template decode<Event>(event.payload);
    if (decoded)
      outcome = taker.take(*decoded, event, index);
    else
      outcome = std::unexpected{decoded.error()};
    return true;
  }
}

template <class Kind, class Taker, class... Events>
auto take_current(Taker& taker, const recorded_event& event, std::uint32_t index, result<>& outcome,
                  const events<Events...>*) -> bool {
  return (take_as<Kind, Events>(taker, event, index, outcome) || ...);
}

/// Takes all and does nothing: whether it can be read.
struct reading_only {
  template <class Event>
  static constexpr bool wants = true;

  template <class Event>
  auto take(const Event&, const recorded_event&, std::uint32_t) -> result<> {
    return {};
  }
};

template <class Kind, class Taker>
auto take_lifted(Taker& taker, const recorded_event& stored) -> result<> {
  const auto all = lift(history_of<Kind>, stored);
  if (!all)
    return std::unexpected{all.error()};
  result<> outcome;
  if constexpr (!history_of<Kind>.upcasters.empty()) {
    constexpr auto* listed = static_cast<const events_of<Kind>*>(nullptr);
    // All or none: nothing is taken until all can be read.
    if (all->size() > 1) {
      reading_only reader;
      for (const auto& one : *all)
        if (take_current<Kind>(reader, as_recorded(one, stored), 0, outcome, listed); !outcome)
          return outcome;
    }
    for (std::uint32_t index = 0; index < all->size(); ++index)
      if (take_current<Kind>(taker, as_recorded((*all)[index], stored), index, outcome, listed);
          !outcome)
        return outcome;
  }
  return outcome;
}

/// Gives the values that a stored event stands for to `taker`, in order: `taker.take(value, event,
/// index)`, for each that it `wants`. Fails with `codec_failed` or `archived`, and nothing was
/// given, or with what `take` gives.
template <class Kind, class Taker>
auto take_event(Taker& taker, const recorded_event& event) -> result<> {
  result<> outcome;
  if (take_current<Kind>(taker, event, 0, outcome, static_cast<const events_of<Kind>*>(nullptr)))
    [[likely]]
    return outcome;
  return take_lifted<Kind>(taker, event);
}

} // namespace eventcore::detail
