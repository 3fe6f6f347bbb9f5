#pragma once

#include "eventcore/event_store.hpp"
#include "eventcore/view_type.hpp"

#include <memory>
#include <string_view>

namespace eventcore {

/// A snapshot of a state as stores keep it. Its payload is a checksum of the encoded state (XXH3
/// with 64 bits, 16 hexadecimal digits), a line feed, and the encoded state. `view` has a format.
/// Fails with `codec_failed` when the state cannot be encoded, with `handler_failed` when the user's
/// code threw.
[[nodiscard]] auto make_snapshot(const stream_id& stream, const view_type& view,
                                 const stream_state& state) -> result<snapshot>;

/// The encoded state in a snapshot's payload, which it points into. Fails with `codec_failed` when
/// the payload is not what was once written.
[[nodiscard]] auto encoded_state(std::string_view payload) -> result<std::string_view>;

/// The state that was kept; `view` has a format. Fails with `codec_failed` when another fold made
/// it, when it is damaged and when it cannot be read, with `handler_failed` when the user's code
/// threw.
[[nodiscard]] auto restore_state(const view_type& view, const snapshot& kept)
  -> result<std::shared_ptr<void>>;

} // namespace eventcore
