#pragma once

#include "eventcore/maintenance.hpp"

#include <string_view>

// Which streams a `stream_query` selects, the same for all stores.
namespace eventcore::detail {

/// Checks the texts of a query. Fails with `invalid_argument`.
auto validate(const stream_query& query) -> result<>;

/// Whether a stream fits everything that is set, `limit` aside.
auto fits(const stream_query& query, std::string_view stream) -> bool;

} // namespace eventcore::detail
