#pragma once

#include "eventcore/event_store.hpp"
#include "eventcore/transfer/options.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace eventcore {

/// A file that holds a whole log: its events, requests, and what is known of its archives. Exports
/// of equal logs are equal byte for byte. `docs/moving.md` describes the format.
struct log_file {
  log_head head{}; ///< of the log: all events up to here
  std::uint64_t events = 0;
  std::uint64_t requests = 0;
  std::string checksum{}; ///< XXH3-128 of the text before its last line, packed or not

  friend auto operator==(const log_file&, const log_file&) -> bool = default;
};

/// Writes the log up to its present head to a new file, packed when its name ends in `.gz` or `.zst`;
/// `-` is the standard output. Until it is whole the file has `.partial` behind its name; a call
/// that finds such a file of the same log goes on where it ends, up to the head that the first
/// call found. Reads page by page, while others use the store.
///
/// Fails with `invalid_argument` when the file exists, its partial file is of something else, or the
/// store is being restored itself; with `store_unavailable` when the file cannot be written (a full
/// disk), with `shutting_down` when it was stopped, with `log_rewound` when another log took the
/// store's place meanwhile, and as reading does.
[[nodiscard]] auto export_log(event_store& store, const std::filesystem::path& file,
                              const transfer_options& options = {}) -> result<log_file>;

/// Compares the checksum of an export, as `import_log` does before it takes anything. Says nothing of
/// the standard input (`-`) and of pipes. Fails with `codec_failed` when the file is damaged, cut off
/// or none of ours.
[[nodiscard]] auto check_export(const std::filesystem::path& file,
                                const transfer_options& options = {}) -> result<>;

/// What a whole, undamaged export holds. Reads all of it. Fails with `codec_failed` and names the
/// line, or the byte of a packed file.
[[nodiscard]] auto verify_export(const std::filesystem::path& file,
                                 const transfer_options& options = {}) -> result<log_file>;

struct import_options : transfer_options {
  bool check = true; ///< compare the checksum before the first event is taken; the standard input
                     ///< (`-`) and pipes are checked while they are read
};

/// Puts an exported log into a store that is empty, or that an earlier call of the same export did
/// not finish: it compares what is there and goes on behind it. The store takes no other events
/// before all is in and the checksum was right. Importing what is all there does nothing.
///
/// Fails with `codec_failed` when the file is damaged, cut off or none of ours; with
/// `invalid_argument` when the store holds other events, be it because an earlier call found damage
/// in its file only after it had taken some; `shutting_down` when it was stopped; and as
/// `store_maintenance::restore` does.
[[nodiscard]] auto import_log(const std::filesystem::path& file, event_store& store,
                              const import_options& options = {}) -> result<log_file>;

} // namespace eventcore
