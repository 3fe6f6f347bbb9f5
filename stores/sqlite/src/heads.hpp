#pragma once

#include "query.hpp"

#include "eventcore/event_store.hpp"

#include <span>
#include <string>
#include <string_view>

namespace eventcore::sqlite {

/// An id as a column gives it. Throws `store_corrupt` when it has not 16 bytes.
auto uuid_of(std::string_view bytes) -> uuid_bytes;

/// The bytes of an id as SOCI binds them.
inline void assign_bytes(std::string& to, std::span<const std::uint8_t> bytes) {
  to.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

inline constexpr auto log_head_sql =
  "SELECT position, commit_id, recorded_at, restoring FROM log_head";

/// The one row that a query of `log_head_sql` gives, and what the store is being restored from.
auto read_log_head(query& of, std::string* restoring = nullptr) -> log_head;

/// Whether the log holds the checkpoint's commit at its position.
auto holds(connection& on, const checkpoint& at) -> bool;

/// Whether the event `at.version` of a stream, given by its key, was written by `at.commit`.
auto holds(connection& on, long long stream_key, const stream_head& at) -> bool;

} // namespace eventcore::sqlite
