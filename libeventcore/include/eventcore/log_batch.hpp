#pragma once

#include "eventcore/event_store.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace eventcore {

/// Asks for the events that follow a checkpoint and fit a filter.
struct batch_query {
  checkpoint after{};
  event_filter filter{};
  page_bounds page{};

  /// How many positions a filter passes over before the batch ends, whether anything fitted or not:
  /// however rare the wanted events are, progress can be kept and a reader can be stopped.
  std::uint64_t span = 250'000;
};

/// Some events that follow a checkpoint without a gap, in the order of their positions.
struct log_batch {
  std::vector<recorded_event> events{};
  log_head through{};                  ///< all up to here was looked at, so go on after it
  log_head head{};                     ///< of the whole log when this was read
  std::shared_ptr<const void> owner{}; ///< keeps what `events` point to

  /// Whether the log held nothing more when this was read.
  auto is_at_head() const -> bool { return through.position == head.position; }
};

/// The checkpoint that says "all up to here".
auto checkpoint_at(const log_head& reached) -> checkpoint;

/// Reads one batch. Fails with `log_rewound` when the log does not hold the commit of `query.after`
/// at its position: that is looked at with every batch, since a store may have come back from an
/// older backup or as another server at any time. What it gives is known to follow `query.after` in
/// the same log.
[[nodiscard]] auto read_batch(event_store& store, const batch_query& query) -> result<log_batch>;

/// The commit and the time at a position; position 0 is before the first event. Fails with
/// `log_rewound` when the log ends before it.
[[nodiscard]] auto find_position(event_store& store, log_position at) -> result<log_head>;

/// The same for a checkpoint. Fails with `log_rewound` when the log does not hold it.
[[nodiscard]] auto find_checkpoint(event_store& store, const checkpoint& at) -> result<log_head>;

} // namespace eventcore
