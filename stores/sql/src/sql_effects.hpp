#pragma once

#include "eventcore/applier.hpp"
#include "eventcore/stores/detail/sql_model.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace eventcore::detail {

/// Which tables are filled: those that readers see, or those of a rebuild beside them.
enum class side : std::uint8_t { serving = 1, building = 2 };

/// A SQL projection, and the name that its progress has.
struct sql_target {
  sql_projection_type type;
  std::shared_ptr<const sql_model> prototype;
  detail::side side = detail::side::serving;
  std::string_view checkpoint{};
  bool is_part =
    false; ///< of a worker beside others: the checkpoint alone does not guard the tables
  std::string_view letters{};   ///< the name that its dead letters have
  log_position letters_until{}; ///< letters up to here may be of events that come again
};

/// Has a copy of the projection gather what it makes of events, before there is a transaction. Null
/// when it needs one, or when an event fails, which is met again in its turn.
auto gather(const sql_target& target, std::span<const recorded_event> events)
  -> std::shared_ptr<prepared_events>;

/// Applies events in a transaction that also moves the checkpoint. An event that fails undoes the
/// transaction, and those before it are applied again without it. A failure of none in particular
/// is looked for by halving the events until one is to blame.
auto apply_in_transaction(event_store& store, const sql_target& target, const batch_to_apply& batch)
  -> applied_events;

} // namespace eventcore::detail
