#pragma once

#include "connection.hpp"

#include "eventcore/event_store.hpp"

#include <string_view>

namespace eventcore::postgres {

/// What readers keep, as `event_store` promises it. Each is one transaction in one round trip. Throws
/// `database_error` when certainly nothing was written, and `outcome_unknown` when the connection was
/// lost meanwhile.

auto save_checkpoint(connection& on, std::string_view name, const checkpoint& reached) -> result<>;
auto reset_checkpoint(connection& on, std::string_view name) -> result<>;
auto save_read_model(connection& on, const read_model_state& state) -> result<bool>;

/// The failure of a checkpoint whose commit the log does not hold.
auto rewound(std::string_view name, const checkpoint& at) -> failure;

} // namespace eventcore::postgres
