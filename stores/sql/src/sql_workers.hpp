#pragma once

#include "sql_effects.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace eventcore::detail {

/// Shares the events of a projection among workers, by their partition's key. Each worker has
/// transactions and a checkpoint of its own, `balances/2of4`; that of the projection follows when
/// all are done, so one that is ahead of it passes over what it has done already.
class sql_workers {
public:
  sql_workers(const sql_target& target, std::size_t count);

  /// Fails with `invalid_argument` when another number of workers was at work last, and left some
  /// ahead of `reached`.
  auto load(event_store& store, const checkpoint& reached) -> result<>;

  auto apply(event_store& store, const batch_to_apply& batch) -> applied_events;

  /// Of all checkpoints, those of workers of these projections, however many there were.
  static auto checkpoints(const std::vector<named_checkpoint>& all,
                          const std::vector<std::string_view>& projections)
    -> std::vector<named_checkpoint>;

  /// What was known of the workers may no longer hold.
  void forget_progress() { progress_.reset(); }

  auto count() const -> std::size_t { return names_.size(); }

private:
  struct share;

  auto worker_of(const recorded_event& event) const -> result<std::size_t>;
  auto split(const batch_to_apply& batch, applied_events& dealt) const -> std::vector<share>;
  auto is_own(std::string_view checkpoint) const -> bool;

  const sql_target& target_;
  std::vector<std::string> names_;
  std::optional<std::vector<checkpoint>> progress_; ///< of each worker
};

} // namespace eventcore::detail
