#pragma once

#include "stress/write_sets.hpp"

#include "eventcore/event_store.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

// The two limits that figures are compared with, DECISIONS 28: `raw` is the bare insert into the events table of the same
// schema, with the store's own settings; `section` is the store's own `append`.
namespace bench {

inline constexpr std::string_view insert_sql =
  "INSERT INTO events (position, stream, version, commit_id, event_id, type, type_version, "
  "encoding, payload, recorded_at, metadata) VALUES (:position, :stream, :version, "
  "CAST(:commit_id AS BLOB), CAST(:event_id AS BLOB), :type, :type_version, :encoding, :payload, "
  ":recorded_at, NULL)";

/// When measuring ends: at whichever comes first, but not before the first batch.
struct until {
  std::size_t batches = 1'000'000'000;
  std::chrono::duration<double> time = std::chrono::hours{1};
};

/// Opens a database whose write-ahead log is never copied into the file.
auto open_without_checkpoints(const std::filesystem::path& file)
  -> std::shared_ptr<ec::event_store>;

/// The time of each transaction of bare inserts into `file`, a new database, in seconds. Making the rows is not counted,
/// and the write-ahead log is never copied into the file.
auto time_raw(const std::filesystem::path& file, const shape& of, const until& end)
  -> std::vector<double>;

/// The time of each `append` of a batch to a new `store`, in seconds. Making the write sets is not counted. Throws
/// `std::runtime_error` when one is not committed.
auto time_section(ec::event_store& store, const shape& of, const until& end) -> std::vector<double>;

} // namespace bench
