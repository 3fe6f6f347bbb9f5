#pragma once

#include "eventcore/emission.hpp"
#include "eventcore/write_set.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace eventcore::actors {

/// A decision on its way to the store, shared by its coordinator, the log writer and the streams that
/// it writes to. All but the phase is immutable.
class submission {
public:
  submission(std::shared_ptr<const write_set> decided, std::vector<event_value> emitted,
             log_position head)
      : set{std::move(decided)}, values{std::move(emitted)}, known{head} {
    for (const auto& event : set->events)
      bytes += event.payload.size();
  }

  const std::shared_ptr<const write_set> set;
  const std::vector<event_value> values; ///< of each of the set's events
  const log_position known;              ///< the log had reached this before
  std::size_t bytes = 0;                 ///< of the payloads

  // Whether it may reach the store is decided by one atomic step, so that a command whose deadline
  // has come is told `timed_out` only when certainly nothing of it is written, without waiting for a
  // log writer that is busy.

  /// The log writer is about to hand it to the store. False when it was withdrawn.
  auto admit() -> bool { return move(phase::queued, phase::admitted); }

  /// The store certainly has nothing of it: it waits again.
  void put_back() { move(phase::admitted, phase::queued); }

  /// The coordinator gives it up. False when it may be written already.
  auto withdraw() -> bool { return move(phase::queued, phase::withdrawn); }

  auto is_withdrawn() const -> bool { return phase_.load() == phase::withdrawn; }

  /// Whether it may be in the store.
  auto is_admitted() const -> bool { return phase_.load() == phase::admitted; }

private:
  enum class phase : std::uint8_t { queued, admitted, withdrawn };

  auto move(phase from, phase to) -> bool { return phase_.compare_exchange_strong(from, to); }

  std::atomic<phase> phase_{phase::queued};
};

} // namespace eventcore::actors
