#pragma once

#include "query.hpp"

#include "eventcore/maintenance.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace eventcore::sqlite {

/// Archives, as `store_maintenance` promises them. Those that write are called inside a write
/// transaction on `on`. Throw `database_error`.

auto archive(connection& on, const archive_entry& into, std::span<const expectation> streams)
  -> result<std::uint64_t>;
auto unarchive(connection& on, std::string_view file, std::span<const recorded_event> events)
  -> result<std::uint64_t>;
auto list_archives(connection& on) -> std::vector<archive_entry>;
auto forget_archive(connection& on, std::string_view file) -> result<>;

/// The key of an archive, which is added unless it is there. Fails with `invalid_argument` when it is
/// there with another checksum.
auto add_archive(connection& on, const archive_entry& archive) -> result<std::int64_t>;

/// The key of an archive; 0 when there is none.
auto find_archive(connection& on, std::string_view file) -> std::int64_t;

/// Takes note that `more` payloads are in an archive now, or fewer when it is negative.
void count_archived(connection& on, std::int64_t archive, std::int64_t more);

} // namespace eventcore::sqlite
