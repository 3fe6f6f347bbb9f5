#pragma once

#include "eventcore/recorded_event.hpp"

#include <cstdint>
#include <string_view>

namespace eventcore {

/// What is known about an event beside its content. The views are valid while the event is being
/// applied; copy what is to be kept.
struct event_info {
  log_position position{};
  stream_version version{};
  std::string_view stream{}; ///< its whole id, kind included
  commit_id commit{};        ///< events of one commit share it
  event_id id{};
  timestamp recorded_at{};
  std::string_view metadata_json{}; ///< empty when there is none
  std::uint32_t index = 0;          ///< within what upcasters made of one stored event

  /// The stream's id without its kind: `alice` of `account-alice`.
  auto key() const -> std::string_view;

  /// Reads the metadata, anew with each call: what nobody asks for costs nothing. Fails with
  /// `codec_failed`.
  auto metadata() const -> result<eventcore::metadata>;
};

/// What is known about a stored event.
auto info_of(const recorded_event& event) -> event_info;

} // namespace eventcore
