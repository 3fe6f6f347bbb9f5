#pragma once

#include "eventcore/dead_letter.hpp"
#include "eventcore/event_store.hpp"
#include "eventcore/retry_policy.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>

namespace eventcore {

/// When a projection's run ends by itself.
enum class run_until : std::uint8_t {
  head = 1,    ///< at what the log held when the run first read it, however long that is
  stopped = 2, ///< never: at the log's head it waits for more
};

/// What becomes of an event that the projection cannot take.
enum class give_up : std::uint8_t {
  stop = 1, ///< the run ends before it, with the failure
  skip = 2, ///< the run goes on after it
  park = 3, ///< it is laid aside as a dead letter, and the run goes on after it
};

/// Something that a run met, and what it does next.
struct projection_trouble {
  enum class step : std::uint8_t { try_again = 1, skip = 2, park = 3, stop = 4 };

  std::string_view projection;
  const failure& why;
  step next;
  const recorded_event* event = nullptr; ///< null: the store failed
  std::uint32_t attempt = 1;             ///< how often this was tried, counted from 1
  std::chrono::microseconds delay{};     ///< until it is tried again
};

/// How a projection runs.
struct projection_options {
  run_until until = run_until::head;
  page_bounds page{}; ///< what is read at once: so much memory a run needs, or twice, see next

  /// Far from the head the next page is read, by another thread, while a transaction that moves the
  /// checkpoint with its effects is under way. A projection in SQL with one worker, of which no
  /// `apply` takes the transaction, gathers the page there, too.
  bool read_ahead = true;

  /// Where to begin, for a projection that knows by itself how far it is: nothing is loaded from the
  /// store and nothing is saved there. A read model in memory is one of these: it is empty after a
  /// restart, whatever a checkpoint says. Unset: after the checkpoint that the store keeps under the
  /// projection's name, at the start of the log when there is none.
  std::optional<checkpoint> from{};

  /// Of the programs that run the projection one leads, and the others stand by: after a leader's
  /// death another one leads within this time; at once when it ended as it should. 0: no lease is
  /// taken. Not used where each program has a read model of its own (`from`, a model in memory).
  std::chrono::milliseconds takeover{5'000};

  /// The checkpoint is saved after so many events, and when progress has been unsaved for so long;
  /// also when the run ends, pauses, or reaches its goal.
  std::uint64_t save_events = 10'000;
  std::chrono::milliseconds save_interval{1'000};

  /// Of an event that `apply` failed for; then it is given up as `failing` says.
  retry_policy retry = retry_policy::never();
  give_up failing = give_up::stop;

  /// An event that the program cannot read is given up at once: reading it again gives the same.
  give_up unreadable = give_up::stop;

  /// Of calls of the store that fail for reasons that pass. By default they are made again without
  /// end.
  retry_policy store{.retries = std::numeric_limits<std::uint32_t>::max(),
                     .initial = std::chrono::milliseconds{20},
                     .cap = std::chrono::seconds{5}};

  /// Takes dead letters; a failure of it is tried again like one of the store. An event may come
  /// again after a crash. Unset: they are kept in the store, see `event_store::park`.
  std::function<result<>(const dead_letter&)> park{};

  /// Hears of all that goes wrong, before the run acts on it, on its thread. Must not throw.
  std::function<void(const projection_trouble&)> on_trouble{};

  /// Fails with `invalid_argument` when a member is out of its range or one is missing.
  auto validate() const -> result<>;
};

} // namespace eventcore
