#pragma once

#include "eventcore/event_store.hpp"
#include "eventcore/view_type.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace eventcore {

/// How often a stream's state is kept.
struct snapshot_policy {
  /// Events of a stream from one snapshot to the next, where neither `kinds` nor the kind itself
  /// (`static constexpr std::uint64_t snapshot_every`) say otherwise. 0: snapshots are neither taken
  /// nor used, whatever the kind itself says.
  std::uint64_t every = 1000;

  /// The same for kinds by name; 0: none of this kind.
  std::map<std::string, std::uint64_t, std::less<>> kinds{};

  /// What holds for a view; 0 also when its states have no format.
  auto every_of(const view_type& view) const -> std::uint64_t;
};

/// Is told what becomes of snapshots, on the thread where it happens. None may throw.
struct snapshot_hooks {
  std::function<void(const stream_id& stream, const view_type& view, const stream_head& head)>
    on_saved{};

  /// One that was found is not used. The state is folded from the stream's events instead.
  std::function<void(const stream_id& stream, const view_type& view, const failure& why)>
    on_ignored{};

  /// One could not be made or saved; it is not tried again.
  std::function<void(const stream_id& stream, const view_type& view, const failure& why)>
    on_failed{};
};

/// Takes snapshots of states that are offered to it, beside everything else: who offers one never
/// waits, and for all the writing that it does others get the store for most of the time.
/// Snapshots may always be missing, so what is too much is dropped. Thread-safe.
class snapshots {
public:
  enum class works : std::uint8_t {
    by_itself = 1, ///< on a thread of its own
    when_told,     ///< only in `flush`, on the caller's thread
  };

  /// `store` must outlive it.
  explicit snapshots(event_store& store, snapshot_policy policy = {}, snapshot_hooks hooks = {},
                     works how = works::by_itself);
  snapshots(const snapshots&) = delete;
  auto operator=(const snapshots&) -> snapshots& = delete;

  /// Stops.
  ~snapshots();

  /// After how many events of a stream a view's state is to be offered; 0: never.
  auto every(const view_type& view) const -> std::uint64_t { return policy_.every_of(view); }

  /// Keeps the state, which must be the fold of events that are durable, when its turn comes. Of one
  /// stream and view only the newest waits. Nothing happens when 256 others wait, when snapshots of
  /// this view are not taken, and after `stop`. Costs some microseconds.
  void offer(const stream_id& stream, const view_type& view, stream_state state);

  /// Returns when all that waited is saved or given up, without letting others have the store in
  /// between; at once after `stop`.
  void flush();

  /// Tells `on_ignored`. For who loads states.
  void note_ignored(const stream_id& stream, const view_type& view, const failure& why) const;

  /// Takes no more and forgets what waits; a write that is under way is waited for. Does nothing the
  /// second time.
  void stop();

private:
  struct candidate {
    stream_id stream;
    const view_type* view = nullptr;
    stream_state state{};
  };

  static constexpr std::size_t most_waiting = 256;

  void run(const std::stop_token& stop);
  auto next() -> std::optional<candidate>;
  void save(const candidate& one);

  event_store& store_;
  const snapshot_policy policy_;
  const snapshot_hooks hooks_;
  const works how_;

  std::mutex guard_; // guards the following
  std::condition_variable_any changed_;
  std::deque<candidate> waiting_;
  bool writing_ = false;
  bool stopped_ = false;
  std::size_t flushing_ = 0; // callers of `flush`

  std::mutex ending_;   // of the thread
  std::jthread thread_; // last, so that it ends before all that it uses
};

} // namespace eventcore
