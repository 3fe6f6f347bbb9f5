#pragma once

#include "eventcore/event_store.hpp"
#include "eventcore/projection.hpp"
#include "eventcore/projection_run.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace eventcore {

/// What an applier made of events before their turn, see `applier::prepare`.
class prepared_events {
public:
  prepared_events() = default;
  prepared_events(const prepared_events&) = delete;
  auto operator=(const prepared_events&) -> prepared_events& = delete;
  virtual ~prepared_events() = default;
};

/// Some events for a read model, in the order of their positions.
struct batch_to_apply {
  std::span<const recorded_event> events{};
  checkpoint from{}; ///< where the read model stands
  checkpoint to{};   ///< where it stands with all of them
  std::optional<lease_claim> under{};
  /// The one event is a dead letter that is tried again: it comes out of order, and is forgotten
  /// with success.
  bool is_dead_letter = false;
  /// Asked between two events, by several threads at once when there are workers: when it says yes,
  /// no further one is begun, and what is left comes again. Never when empty. One transaction with
  /// the checkpoint is not divided.
  std::function<bool()> is_late{};
  /// Of the page that the events are of; null when nothing was prepared.
  std::shared_ptr<prepared_events> prepared{};
};

/// Puts the events of one projection into its read model and knows how far it came: what a host of
/// a projection runs, whatever the read model is made of. Called by one thread at a time, but for
/// `prepare`.
class applier {
public:
  applier() = default;
  applier(const applier&) = delete;
  auto operator=(const applier&) -> applier& = delete;
  virtual ~applier() = default;

  /// Its name, its filter, and whether it can begin anew.
  virtual auto type() const -> const projection_type& = 0;

  /// Whether `apply` keeps the checkpoint, too.
  virtual auto saves() const -> projection_run::saving { return projection_run::saving::apart; }

  /// Whether all programs that run it share one read model, so that only one may run at a time.
  virtual auto is_shared() const -> bool { return true; }

  /// How far the read model is; nothing when it is to begin anew.
  virtual auto load(event_store& store) -> result<std::optional<checkpoint>>;

  /// Applies events until one fails, see `any_projection::apply`. One that saves with the effects
  /// keeps `to`, or the position of the last event that it applied.
  virtual auto apply(event_store& store, const batch_to_apply& batch) -> applied_events = 0;

  /// Does what can be done with the next page before its turn, on another thread, while any other
  /// function may be under way. Nothing may come of it: the page may be applied in parts, or never.
  /// Null when there is nothing to do; what it throws is of no account.
  virtual auto prepare(std::span<const recorded_event> page) const
    -> std::shared_ptr<prepared_events>;

  /// Keeps how far it is.
  virtual auto save(event_store& store, const checkpoint_move& move) -> result<>;

  /// Empties the read model and forgets how far it was.
  virtual auto clear(event_store& store, const checkpoint_move& move) -> result<> = 0;

  // -- rebuilding beside the read model that serves ---------------------------

  virtual auto rebuilds_beside() const -> bool { return false; }

  /// Begins to rebuild, or begins again.
  virtual auto begin_rebuild(event_store& store, const std::optional<lease_claim>& under)
    -> result<>;

  /// What fills the new read model of a rebuild that was begun and has not ended; null when there
  /// is none.
  virtual auto find_rebuild(event_store& store) -> result<std::shared_ptr<applier>>;

  /// Puts the new read model in the place of the old one. False when it is not as far as the old
  /// one yet.
  virtual auto finish_rebuild(event_store& store, const std::optional<lease_claim>& under)
    -> result<bool>;
};

/// Runs a plain projection; its checkpoint is kept by the store.
auto make_applier(any_projection projection) -> std::shared_ptr<applier>;

} // namespace eventcore
