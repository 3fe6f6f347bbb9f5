#pragma once

#include "eventcore/write_set.hpp"

namespace eventcore {

/// A request that is done, as a store keeps it.
struct done_request {
  command_digest digest{};
  committed original{};
};

/// What a store's critical section knows while it admits a batch: the log as the earlier write sets
/// of the batch leave it. A backend implements it over what it read inside the section.
class admission_view {
public:
  virtual ~admission_view() = default;

  /// Where a stream stands; version 0 when it does not exist.
  virtual auto head_of(const stream_id& stream) const -> stream_head = 0;

  /// The request, if it is done; null otherwise.
  virtual auto find(const request_id& id) const -> const done_request* = 0;
};

/// Decides on one validated write set, whose first event would stand at `next`: the request first,
/// then every expectation. `committed` says what the store must now write and how the view changes.
auto admit(const write_set& set, const admission_view& view, log_position next) -> append_outcome;

} // namespace eventcore
