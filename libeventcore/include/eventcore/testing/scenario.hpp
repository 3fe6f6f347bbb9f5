#pragma once

#include "eventcore/command.hpp"
#include "eventcore/execution.hpp"

#include <concepts>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Tests of commands without a store:
///
///     given(on(alice, money_deposited{1000}), on(bob))
///       .when(transfer_money{alice, bob, 300})
///       .then(on(alice, money_withdrawn{300}), on(bob, money_deposited{300}));
///
///     given(on(alice, money_deposited{100}))
///       .when(transfer_money{alice, bob, 300})
///       .then(violates("account-alice holds 100, needs 300"));
///
/// The command runs as it does on a store: events pass the kind's codec, states are folded, streams
/// are discovered. A `then` that does not hold throws `scenario_failed`, whatever the test
/// framework.
namespace eventcore::testing {

/// A `then` that did not hold: what was expected and what came.
class scenario_failed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// An event as a scenario keeps it: encoded by its kind's codec.
struct encoded_event {
  event_type type;
  std::string payload;
};

/// Some events of one stream, in their order.
struct stream_events {
  stream_id stream;
  std::vector<encoded_event> events;
};

/// A failure that is expected: its code, and a text that its detail holds or the domain's own
/// error.
struct expected_failure {
  errc code;
  std::string text{};
  std::optional<rule_error> rule{};
};

/// Stands among the events of a stream for the one that closes it: `on(order, shipped{}, closed)`.
struct closed_t {};
inline constexpr closed_t closed{};

/// The event that closes a stream, as a scenario keeps it.
auto closing_event() -> encoded_event;

/// The events of one stream. Throws `failure_error` when one cannot be encoded.
template <class Kind, class View, class... Events>
auto on(const stream<Kind, View>& stream, const Events&... events) -> stream_events {
  stream_events all{stream.id(), {}};
  [[maybe_unused]] const auto add = [&]<class Event>(const Event& event) {
    if constexpr (std::is_same_v<Event, closed_t>) {
      all.events.push_back(closing_event());
    } else {
      static_assert(is_event_of<Event, Kind>,
                    "eventcore: streams of this kind do not hold this event");
      std::string payload;
      unwrap(codec_of<Kind>::encode(event, payload));
      all.events.push_back({event_type_of<Kind, Event>, std::move(payload)});
    }
  };
  (add(events), ...);
  return all;
}

/// Expects that a rule said no, with a text that holds `text`.
inline auto violates(std::string text) -> expected_failure {
  return {errc::rule_violated, std::move(text)};
}

/// Expects that a rule said no by exactly this error of the domain.
template <described Error>
auto violates(const Error& error) -> expected_failure {
  return {errc::rule_violated, {}, rule_error{std::string{json_name<Error>()}, to_json(error)}};
}

/// Expects another failure.
inline auto fails(errc code, std::string text = {}) -> expected_failure {
  return {code, std::move(text)};
}

/// What a command did.
class observed {
public:
  observed(result<executed> outcome, std::vector<stream_events> events,
           std::shared_ptr<const write_set> written)
      : outcome_{std::move(outcome)}, events_{std::move(events)}, written_{std::move(written)} {}

  /// The command succeeded and emitted exactly these events: per stream, in their order. None
  /// listed: none emitted.
  template <std::same_as<stream_events>... Expected>
  void then(const Expected&... expected) const {
    check_events({expected...});
  }

  /// The command failed like this.
  void then(const expected_failure& expected) const;

  auto outcome() const -> const result<executed>& { return outcome_; }
  auto events() const -> const std::vector<stream_events>& { return events_; }

private:
  void check_events(const std::vector<stream_events>& expected) const;

  result<executed> outcome_;
  std::vector<stream_events> events_;
  std::shared_ptr<const write_set> written_; // keeps the names in events_
};

/// The streams that are there before the command. Those not named are empty.
class scenario {
public:
  explicit scenario(std::vector<stream_events> given);

  /// The time that `handle` sees; 2020-01-01T00:00Z unless said.
  auto at(timestamp now) -> scenario&;

  /// Runs the command.
  auto when(const any_command& command, const execute_options& options = {}) const -> observed;

private:
  std::map<stream_id, std::vector<encoded_event>> given_;
  timestamp now_;
};

/// Begins a scenario: `given(on(alice, ...), on(bob, ...))`.
template <std::same_as<stream_events>... Streams>
auto given(Streams... streams) -> scenario {
  return scenario{{std::move(streams)...}};
}

} // namespace eventcore::testing
