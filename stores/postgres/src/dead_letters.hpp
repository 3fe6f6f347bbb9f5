#pragma once

#include "connection.hpp"

#include "eventcore/dead_letter.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace eventcore::postgres {

/// Dead letters, as `event_store` promises them. Each call is one transaction in one round trip.
/// Throws `database_error` when certainly nothing was written, and `outcome_unknown` when the
/// connection was lost meanwhile. `now` is when it is parked; without it, the server's time.

auto park(connection& on, const dead_letter& letter, std::optional<timestamp> now) -> result<>;
auto list_dead_letters(connection& on, const dead_letter_query& query)
  -> result<std::vector<parked_event>>;
auto retry_dead_letter(connection& on, std::string_view projection, log_position at)
  -> result<bool>;
auto drop_dead_letter(connection& on, std::string_view projection, log_position at) -> result<bool>;

} // namespace eventcore::postgres
