#pragma once

#include "eventcore/event_store.hpp"
#include "eventcore/transfer/options.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace eventcore {

/// A file that holds payloads of closed streams.
struct archive_file {
  std::string name{}; ///< as the store knows it: where it was written
  timestamp made_at{};
  std::uint64_t streams = 0;
  std::uint64_t events = 0; ///< with their payloads
  std::string checksum{};   ///< XXH3-128 of the text before its last line, packed or not

  friend auto operator==(const archive_file&, const archive_file&) -> bool = default;
};

/// Which streams are to be archived: those that fit, are closed and did not change since.
struct archive_selection {
  stream_query which{};                ///< `after` and `limit` are ignored
  timestamp before = timestamp::max(); ///< their last event was recorded before this
};

/// How much an archiving would take out now.
struct archive_plan {
  std::uint64_t streams = 0;
  std::uint64_t events = 0; ///< of these streams, without those that close them

  friend auto operator==(const archive_plan&, const archive_plan&) -> bool = default;
};

[[nodiscard]] auto plan_archive(event_store& store, const archive_selection& selection)
  -> result<archive_plan>;

/// What an archiving did.
struct archived_payloads {
  archive_file file{};        ///< no streams: there was nothing to do, and no file was made
  std::uint64_t payloads = 0; ///< taken out of the store
  std::uint64_t left = 0; ///< streams of the file that changed meanwhile, or that were not asked
                          ///< for, and stay whole
};

/// Moves the payloads of streams into a new file, packed when its name ends in `.gz` or `.zst`. They
/// leave the store only after the file was written, made durable, read again and found whole. When
/// the file is there already, and is such an archive, what is still in the store of its payloads is
/// taken out, of the streams that fit: so a call that was stopped or killed at any moment is simply
/// repeated.
///
/// Streams that are partly in another archive are left alone. Fails with `invalid_argument`,
/// `store_unavailable` and `shutting_down` as `export_log`, with `invalid_argument` too when payloads
/// are in an archive of this name and the file is not there, or when it is there, nothing of it is
/// left to take out, and other streams fit; with `codec_failed` when the file is damaged, and as
/// `store_maintenance::archive` does.
[[nodiscard]] auto archive_streams(event_store& store, const std::filesystem::path& file,
                                   const archive_selection& selection,
                                   const transfer_options& options = {})
  -> result<archived_payloads>;

/// What a whole, undamaged archive holds. Reads all of it. Fails with `codec_failed`.
[[nodiscard]] auto verify_archive(const std::filesystem::path& file,
                                  const transfer_options& options = {}) -> result<archive_file>;

/// Puts all payloads of an archive back, wherever its file is now, and forgets the archive. A call
/// that was stopped is repeated. Gives what the file holds.
///
/// Fails with `not_found` when the store has no such archive, with `codec_failed` when the file is
/// damaged or not the one that was made (by its checksum).
[[nodiscard]] auto restore_archive(event_store& store, const std::filesystem::path& file,
                                   const transfer_options& options = {}) -> result<archive_file>;

} // namespace eventcore
