#pragma once

#include "connection.hpp"
#include "page_builder.hpp"

#include "eventcore/maintenance.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace eventcore::postgres {

// Archives, as `store_maintenance` promises them. What writes throws `database_error` when certainly
// nothing was written, and `outcome_unknown` when the connection was lost meanwhile.

auto archive(connection& on, const archive_entry& into, std::span<const expectation> streams)
  -> result<std::uint64_t>;
auto unarchive(connection& on, std::string_view file, std::span<const recorded_event> events)
  -> result<std::uint64_t>;
auto list_archives(connection& on) -> std::vector<archive_entry>;
auto forget_archive(connection& on, std::string_view file) -> result<>;

/// Puts the names of archives in the place of payloads that the page came without. Throws
/// `store_corrupt` where there is none.
void name_archives(connection& on, page_builder& page);

} // namespace eventcore::postgres
