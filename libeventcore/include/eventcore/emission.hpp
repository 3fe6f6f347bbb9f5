#pragma once

#include "eventcore/boundary.hpp"
#include "eventcore/event_type.hpp"
#include "eventcore/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace eventcore {

/// Collects the events of one decision. Keeps the first failure (a stream outside the boundary, an
/// event that cannot be encoded); the decision then fails with it.
class emission {
public:
  emission(const boundary& read, id_source& ids, timestamp now)
      : read_{read}, ids_{ids}, now_{now} {}

  /// Adds an event with its encoded payload.
  void add(const stream_id& target, const event_type& type, result<> encoded, std::string payload);

  /// Keeps `why` as the decision's failure, unless there is one.
  void refuse(failure why);

  auto events() -> std::vector<new_event>& { return events_; }
  auto failed() const -> const std::optional<failure>& { return failed_; }

private:
  const boundary& read_;
  id_source& ids_;
  timestamp now_;
  std::vector<new_event> events_;
  std::optional<failure> failed_;
};

namespace detail {

template <class Kind, class Event>
void emit_event(emission& out, const stream_id& target, const Event& event) {
  std::string payload;
  auto encoded = codec_of<Kind>::encode(event, payload);
  out.add(target, event_type_of<Kind, Event>, std::move(encoded), std::move(payload));
}

} // namespace detail

} // namespace eventcore
