#pragma once

#include "connection.hpp"

#include "eventcore/event_store.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace eventcore::sqlite {

/// What readers keep and leases, as `event_store` promises them. Each is called inside a write
/// transaction on `on` and throws `database_error`.

auto save_checkpoint(connection& on, std::string_view name, const checkpoint& reached) -> result<>;
auto reset_checkpoint(connection& on, std::string_view name) -> result<>;
auto save_snapshot(connection& on, const snapshot& state) -> result<bool>;

auto acquire_lease(connection& on, std::string_view name, std::chrono::milliseconds term,
                   timestamp now) -> result<std::optional<lease_token>>;
auto renew_lease(connection& on, std::string_view name, const lease_token& token,
                 std::chrono::milliseconds term, timestamp now) -> result<>;
auto release_lease(connection& on, std::string_view name, const lease_token& token) -> result<>;

/// Fails with `lease_lost` unless the lease is held under `token` and its term still runs.
auto require_lease(connection& on, std::string_view name, const lease_token& token, timestamp now)
  -> result<>;

/// The failure of a checkpoint whose commit the log does not hold.
auto rewound(std::string_view name, const checkpoint& at) -> failure;

} // namespace eventcore::sqlite
