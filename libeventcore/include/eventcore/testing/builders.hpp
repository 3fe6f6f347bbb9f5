#pragma once

#include "eventcore/ids.hpp"
#include "eventcore/recorded_event.hpp"
#include "eventcore/write_set.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eventcore::testing {

/// A stream of test events: its id, where it is expected to stand, and the events that it gets.
///
///     stream_of("order-1").event("placed", R"({"total":5})").event("paid")
class stream_of {
public:
  /// A stream that does not exist yet. Throws `std::invalid_argument` when `id` cannot name a
  /// stream.
  explicit stream_of(std::string_view id);
  explicit stream_of(stream_id id) : id_{std::move(id)} {}

  /// Expects the stream at `head`; without this call it is expected not to exist.
  auto at(const stream_head& head) -> stream_of&;

  /// Adds an event with a JSON payload.
  auto event(std::string type, std::string json = "{}") -> stream_of&;

  /// Adds an event whose payload is any bytes.
  auto bytes(std::string type, std::string payload) -> stream_of&;

  auto id() const -> const stream_id& { return id_; }
  auto head() const -> const stream_head& { return head_; }

  /// The events; their ids are nil and their stream index is 0.
  auto events() const -> const std::vector<new_event>& { return events_; }

  /// The events as a store would give them back if one commit had written them to an empty store at
  /// `recorded_at`.
  auto page(id_source& ids, timestamp recorded_at = {}) const -> stream_page;

private:
  stream_id id_;
  stream_head head_;
  std::vector<new_event> events_;
};

/// A write set that reads all of `streams` and writes their events, stream by stream in the order
/// given. A stream without events is only read. The reads are ordered as a write set needs them.
auto write_of(id_source& ids, const std::vector<stream_of>& streams) -> write_set;

/// Where a stream stands after `set` was committed.
auto head_after(const write_set& set, std::string_view stream) -> stream_head;

} // namespace eventcore::testing
