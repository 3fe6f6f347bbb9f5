#pragma once

#include "connection.hpp"

#include "eventcore/dead_letter.hpp"

#include <string_view>
#include <vector>

namespace eventcore::sqlite {

/// Dead letters, as `event_store` promises them. Those that write are called inside a write
/// transaction on `on`. Throw `database_error`.

void park(connection& on, const dead_letter& letter, timestamp now);
auto list_dead_letters(connection& on, const dead_letter_query& query) -> std::vector<parked_event>;
auto retry_dead_letter(connection& on, std::string_view projection, log_position at) -> bool;
auto drop_dead_letter(connection& on, std::string_view projection, log_position at) -> bool;

} // namespace eventcore::sqlite
