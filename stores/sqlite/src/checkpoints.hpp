#pragma once

#include "connection.hpp"

#include "eventcore/event_store.hpp"

#include <span>
#include <vector>

namespace eventcore::sqlite {

/// Moves checkpoints as `event_store::transact` promises. Called inside a write transaction on `on`,
/// which is undone when this fails. Throws `database_error`.
auto move_checkpoints(connection& on, std::span<const checkpoint_move> moves, timestamp now)
  -> result<>;

auto list_checkpoints(connection& on) -> std::vector<named_checkpoint>;

} // namespace eventcore::sqlite
