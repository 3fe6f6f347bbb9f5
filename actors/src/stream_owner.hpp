#pragma once

#include "messages.hpp"
#include "node_context.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include <caf/stateful_actor.hpp>

namespace eventcore::actors {

/// Owns one stream of this node. Who has it reserved may be the next to submit a write set for it:
///
///     coordinator          router            stream               reader
///         │── reserve ───────▶│── reserve ─────▶│                    │
///         │                   │◀─ load_stream ──│  unless it is here │
///         │                   │── load_stream ──┼───────────────────▶│
///         │                   │                 │◀── stream_loaded ──│
///         │◀────────────── granted ─────────────│  others queue      │
///         │ decides, sends the log writer `append`, and then         │
///         │─────────────── submitted ──────────▶│  folds the events; grants the next one
///         │ is told `appended` by the log writer│                    │
///         │─────────────── settled ────────────▶│  durable, or all that is not is dropped
///
/// Reservations only keep commands out of each other's way: what is written is checked against the
/// database, by (version, commit). So a paused, dead or second owner costs a retry and nothing else.
///
/// A state is only ever reached by folding. Events are folded when the state stands exactly where
/// their decision found it; if it does not, or the log turns out to hold something else, all states
/// are dropped and loaded again.
class stream_owner {
public:
  static constexpr const char* name = "eventcore.stream";

  explicit stream_owner(stream_actor::pointer ptr) : self{ptr} {}
  ~stream_owner();

  void begin(stream_id stream, router_actor router, shared_context node);

  void take(reserve& asked);
  void take(const submitted& decided);
  void take(const settled& done);
  void take(const release& given_back);
  void take(const withdraw& withdrawn);
  void take(stream_loaded& loaded);
  void take(const sweep&);
  void take(const retire&);
  void take(const coordinator_lost& lost);
  void take(const reader_lost&);

private:
  /// The fold of the stream's events up to `head_`.
  struct view_state {
    const view_type* view = nullptr;
    std::shared_ptr<void> value{}; ///< shared with those who it was granted to
    std::uint64_t every = 0;       ///< events from one snapshot to the next; 0: none
  };

  /// To be offered as a snapshot, once it is known to be in the log.
  struct snapshot_candidate {
    const view_type* view = nullptr;
    stream_state state{};
  };

  /// Folded, and not known to be in the log.
  struct undurable_events {
    std::shared_ptr<const submission> decision;
    std::uint32_t index = 0; ///< of this stream in its write set
    caf::actor_id from = 0;
    stream_head head{}; ///< after them
  };

  struct holder {
    coordinator_actor who;
    ticket_number ticket = 0;
    grant_number grant = 0;
    stream_head base{}; ///< of the states that it has
    steady_time since{};
  };

  // -- granting -------------------------------------------------------------

  void queue(reserve& asked);
  void pump();
  void grant(const reserve& asked);
  void give_further(const reserve& asked);
  void give_states(const reserve& asked);
  void refuse(const reserve& asked, std::shared_ptr<const failure> why);
  void end_reservation();
  void watch_holder();
  auto is_needed() const -> bool;

  // -- states ---------------------------------------------------------------

  auto find(const view_type& view) -> view_state*;
  auto missing(const views& wanted) -> views;
  void load(views wanted);
  void fail_load(const failure& why);
  auto join(std::vector<stream_state>& states) -> bool;
  auto fold(view_state& into, const undurable_events& events) const -> bool;
  void advance(const submitted& decided, const holder& by);
  void choose_snapshots(stream_version before);
  void offer_snapshots();
  void drop();

  stream_actor::pointer self;
  stream_id stream_;
  router_actor router_;
  shared_context node_;

  bool known_ = false; ///< `head_` and `durable_` mean something
  stream_head head_{};
  stream_head durable_{}; ///< the last that is known to be in the log
  std::vector<view_state> views_;
  std::deque<undurable_events> undurable_; ///< from `durable_` to `head_`
  std::vector<snapshot_candidate> candidates_;
  bool careful_ =
    false; ///< a stranger writes to the stream: grant durable states only, until we wrote
  stream_version must_reach_{}; ///< the log is known to hold this version
  std::uint32_t short_loads_ = 0;

  std::uint64_t load_number_ = 0;
  views loading_; ///< not empty while a reader reads

  std::optional<holder> holder_;
  std::optional<reserve> further_; ///< of the holder, while it is loaded
  std::deque<reserve> waiting_;
  grant_number last_grant_ = 0;
  bool watching_ = false; ///< a sweep will come
};

static_assert(!std::is_aggregate_v<stream_owner>);

auto own_stream(stream_actor::stateful_pointer<stream_owner> self, stream_id stream,
                router_actor router, shared_context node) -> stream_actor::behavior_type;

} // namespace eventcore::actors
