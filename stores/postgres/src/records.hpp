#pragma once

#include "connection.hpp"

#include "eventcore/event_store.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace eventcore::postgres {

/// What readers keep and leases, as `event_store` promises them. Each is one transaction in one
/// round trip. Throws `database_error` when certainly nothing was written, and `outcome_unknown`
/// when the connection was lost meanwhile. `now` is the time for leases; without it, the server's.

auto save_checkpoint(connection& on, std::string_view name, const checkpoint& reached) -> result<>;
auto reset_checkpoint(connection& on, std::string_view name) -> result<>;
auto save_snapshot(connection& on, const snapshot& state) -> result<bool>;

auto acquire_lease(connection& on, std::string_view name, std::chrono::milliseconds term,
                   std::optional<timestamp> now) -> result<std::optional<lease_token>>;
auto renew_lease(connection& on, std::string_view name, const lease_token& token,
                 std::chrono::milliseconds term, std::optional<timestamp> now) -> result<>;
auto release_lease(connection& on, std::string_view name, const lease_token& token) -> result<>;

/// The failure of a checkpoint whose commit the log does not hold.
auto rewound(std::string_view name, const checkpoint& at) -> failure;

} // namespace eventcore::postgres
