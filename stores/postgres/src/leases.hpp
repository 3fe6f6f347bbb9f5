#pragma once

#include "connection.hpp"
#include "trip.hpp"

#include "eventcore/checkpoint.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace eventcore::postgres {

/// Leases, as `event_store` promises them. Each is one transaction in one round trip. Throws
/// `database_error` when certainly nothing was written, and `outcome_unknown` when the connection was
/// lost meanwhile. `now` is the time for leases; without it, the server's.

auto acquire_lease(connection& on, std::string_view name, std::chrono::milliseconds term,
                   std::optional<timestamp> now) -> result<std::optional<lease_token>>;
auto renew_lease(connection& on, std::string_view name, const lease_token& token,
                 std::chrono::milliseconds term, std::optional<timestamp> now) -> result<>;
auto release_lease(connection& on, std::string_view name, const lease_token& token) -> result<>;

/// Adds two statements: one locks the lease until the transaction ends, so that nobody takes it over
/// meanwhile; the other gives a row when it is held as `claim` says.
void add_lease_check(trip& to, const lease_claim& claim, std::optional<timestamp> now);

/// The failure of a lease that is not held.
auto lost_lease(const lease_claim& claim) -> failure;

} // namespace eventcore::postgres
