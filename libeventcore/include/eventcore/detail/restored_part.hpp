#pragma once

#include "eventcore/maintenance.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

// What all stores check before they take a part of another log.
namespace eventcore::detail {

/// What a part does to one stream.
struct restored_stream {
  std::string_view id{};
  stream_version first{}; ///< of its first event in the part
  stream_head after{};    ///< where it stands after the part
};

/// The streams of a part, a view into it.
struct restored_part {
  std::vector<restored_stream> streams{}; ///< in the order of their first events
  std::vector<std::uint32_t> stream_of{}; ///< for each event: its place in `streams`
};

/// Checks all of a part that does not depend on the store: every event is well-formed, positions
/// and the versions of each stream have no gap, commits are not torn, times do not go backwards.
/// Fails with `invalid_argument` and names the position.
auto check_part(const restore_batch& part) -> result<restored_part>;

/// Whether a store with this head, which is being restored from `source` (empty: it is not), takes
/// the part next. Fails with `invalid_argument`.
auto check_follows(const restore_batch& part, const log_head& head, std::string_view source)
  -> result<>;

/// Whether a stream's part follows where the stream stands. Fails with `invalid_argument`.
auto check_follows(const restored_stream& stream, stream_version there) -> result<>;

/// The failure of an event whose payload is in an archive that neither the store nor the part knows.
auto unknown_archive(const recorded_event& event) -> failure;

/// What other writers are told while a store is being restored from `source`.
auto being_restored(std::string_view source) -> failure;

} // namespace eventcore::detail
