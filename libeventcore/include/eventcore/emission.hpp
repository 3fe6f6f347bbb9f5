#pragma once

#include "eventcore/boundary.hpp"
#include "eventcore/event_type.hpp"
#include "eventcore/ids.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventcore {

/// An event as the program's own value, beside its encoded form: folding it costs no decoding.
struct event_value {
  const event_type* type = nullptr;
  std::shared_ptr<const void> value{};
};

/// Collects the events of one decision. Keeps the first failure (a stream outside the boundary, an
/// event that cannot be encoded); the decision then fails with it.
class emission {
public:
  emission(const boundary& read, id_source& ids, timestamp now, bool keep_values)
      : read_{read}, ids_{ids}, now_{now}, keep_values_{keep_values} {}

  /// Whether the events' own values are wanted beside their encoded form.
  auto keeps_values() const -> bool { return keep_values_; }

  /// Adds an event with its encoded payload.
  void add(const stream_id& target, event_value value, result<> encoded, std::string payload);

  /// Adds the event that closes a stream.
  void close(const stream_id& target);

  /// Keeps `why` as the decision's failure, unless there is one.
  void refuse(failure why);

  auto events() -> std::vector<new_event>& { return events_; }

  /// The value of each of `events`; none unless they are kept.
  auto values() -> std::vector<event_value>& { return values_; }

  auto failed() const -> const std::optional<failure>& { return failed_; }

private:
  const boundary& read_;
  id_source& ids_;
  timestamp now_;
  bool keep_values_;
  std::vector<new_event> events_;
  std::vector<event_value> values_;
  std::optional<failure> failed_;
};

namespace detail {

template <class Kind, class Event>
void emit_event(emission& out, const stream_id& target, const Event& event) {
  std::string payload;
  auto encoded = codec_of<Kind>::encode(event, payload);
  event_value value{.type = &event_type_of<Kind, Event>};
  if (out.keeps_values())
    value.value = std::make_shared<const Event>(event);
  out.add(target, std::move(value), std::move(encoded), std::move(payload));
}

} // namespace detail

} // namespace eventcore
