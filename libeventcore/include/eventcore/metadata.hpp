#pragma once

#include "eventcore/failure.hpp"

#include <map>
#include <string>
#include <string_view>

namespace eventcore {

struct recorded_event;

/// What is known about a decision beside its events: stamped on each event that it writes and kept
/// for ever. All texts are valid UTF-8 without NUL.
struct metadata {
  correlation_id correlation{}; ///< nil: none
  event_id causation{};         ///< the event that led to this decision; nil: none
  std::string actor{};          ///< who asked for it; empty: not said
  std::map<std::string, std::string, std::less<>> pairs{}; ///< anything else

  auto is_empty() const -> bool;

  friend auto operator==(const metadata&, const metadata&) -> bool = default;
};

/// The metadata of a decision that was caused by `cause`: its id as causation, its correlation
/// handed on (the id of `cause` itself begins the correlation when it has none). Fails when the
/// metadata of `cause` is unreadable.
auto caused_by(const recorded_event& cause) -> result<metadata>;

/// One JSON object with the members `actor`, `causation`, `correlation`, `pairs` as far as they are
/// set; the empty text when none is.
auto to_json(const metadata& value) -> std::string;

/// Reads what `to_json` wrote. Fails with `codec_failed`.
auto parse_metadata(std::string_view json) -> result<metadata>;

} // namespace eventcore
