#pragma once

#include "eventcore/backends.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>

/// A store in one SQLite file, for programs of one machine. Several programs may use the file at
/// once: they take turns at writing, and nobody who reads waits.
namespace eventcore::sqlite {

/// What can be set beside what every backend understands.
struct sqlite_settings : store_settings {
  /// The most connections that read at once; a further reader waits for one of them.
  std::size_t readers = 4;
  /// How much of the file the writing connection keeps in memory.
  std::size_t cache_bytes = 8 * 1024 * 1024;
  /// How much is written to the write-ahead log before it is copied into the database file. That is
  /// done beside the commits; under constant load the log stays within a few times this size.
  std::size_t wal_bytes = 16 * 1024 * 1024;
  /// How long what was written stays in the write-ahead log only, when less than `wal_bytes` came.
  std::chrono::milliseconds wal_age{5'000};
};

/// Opens the database at `path`, makes it when there is none and brings an older one to this
/// program's schema. Everything acknowledged is durable (write-ahead log, `synchronous=FULL`).
///
/// Fails with `not_found` when there is no file and none may be made, `invalid_argument` when the
/// path names no file, `schema_mismatch` when the file belongs to another application or a newer
/// program, `store_corrupt` when it is damaged or no database, `read_only` when it is to be written
/// and cannot be, and `store_unavailable` when it cannot be reached or others hold it too long.
/// A file that is refused is left as it is.
auto open(const std::filesystem::path& path, const sqlite_settings& settings = {})
  -> result<std::shared_ptr<event_store>>;

/// Adds this backend under the scheme `sqlite`: `sqlite:path/bank.db`, `sqlite:/var/lib/bank.db`.
auto add_to(backends& to) -> backends&;

} // namespace eventcore::sqlite
