#pragma once

#include "connection.hpp"

#include "eventcore/event_store.hpp"

#include <optional>
#include <string_view>

namespace eventcore::sqlite {

/// States of read models in memory, as `event_store` promises them. Saving is called inside a write
/// transaction on `on`. Throw `database_error`.

auto save_read_model(connection& on, const read_model_state& state) -> bool;
auto load_read_model(connection& on, std::string_view name) -> std::optional<read_model_state>;

} // namespace eventcore::sqlite
