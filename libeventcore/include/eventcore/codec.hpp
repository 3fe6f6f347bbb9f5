#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/json.hpp"
#include "eventcore/write_set.hpp"

#include <string>
#include <string_view>

namespace eventcore {

/// How the events of a kind become payloads, unless the kind names a codec of its own: `using codec
/// = my_codec;`, a type with these three members. Both functions are pure and do not throw.
///
/// States of the kind's views are kept in snapshots as JSON when they are described. A codec may have
/// a way of its own for some or all: `static auto encode_state(const View&, std::string&) ->
/// result<>` and `template <class View> static auto decode_state(std::string_view) -> result<View>`.
/// Raise the view's `fold_version` when that changes.
struct json_codec {
  static constexpr eventcore::encoding encoding = eventcore::encoding::json;

  /// Appends the payload of `event`. A failure refuses the command that emitted it.
  template <class Event>
  static auto encode(const Event& event, std::string& payload) -> result<> {
    return try_append_json(event, payload);
  }

  /// Reads a payload back. A failure is told as `codec_failed` with the event's stream and
  /// position.
  template <class Event>
  static auto decode(std::string_view payload) -> result<Event> {
    return from_json<Event>(payload);
  }
};

} // namespace eventcore
