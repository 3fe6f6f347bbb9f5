#pragma once

#include "eventcore/position.hpp"
#include "eventcore/stream_id.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventcore {

/// What went wrong, as far as callers act differently on it.
enum class errc : std::uint8_t {
  invalid_argument = 1, ///< the caller's input is malformed; nothing was tried
  rule_violated, ///< the business says no; the decision rests on one consistent view of its streams
  version_conflict,           ///< a stream is not where the caller expected it; nothing was written
  conflict_retries_exhausted, ///< the last attempt allowed met a conflict; nothing was written
  overloaded,                 ///< a bound was reached; certainly nothing was written
  timed_out,                  ///< the deadline passed; certainly nothing was written
  store_unavailable,          ///< the database could not be used; certainly nothing was written
  outcome_unknown, ///< the write may or may not have happened; repeat it under the same request id
  codec_failed,    ///< stored bytes and the program's types do not fit
  schema_mismatch, ///< the database's schema is not the one this program knows
  not_found,       ///< what was asked for is not there
  lease_lost,      ///< another holder took the lease
  log_rewound,     ///< the log no longer holds a commit that it held before (a restored backup)
  handler_failed,  ///< the user's code threw
  discovery_exhausted, ///< discovery went on finding streams past its limit of rounds
  request_reused,      ///< the request id already belongs to another command
  store_corrupt,       ///< the database is damaged; it is not repaired
  read_only,           ///< the store was opened for reading or cannot be written
  shutting_down,       ///< the program is stopping; certainly nothing was written
  archived,            ///< payloads were moved to a file, which the text names; restore them first
};

/// The name of a code, as written above.
auto to_string(errc code) -> std::string_view;

/// Whether the same call may succeed later without any change by the caller. `outcome_unknown` is
/// not: repeating such a call is only safe under a request id.
auto is_retriable(errc code) -> bool;

/// A stream that was not where it was expected.
struct mismatch {
  stream_id stream{};
  stream_head expected{};
  stream_head found{};

  friend auto operator==(const mismatch&, const mismatch&) -> bool = default;
};

/// A rule's error as the domain's own type: its name and its JSON. See `failure::as`.
struct rule_error {
  std::string type{};
  std::string json{};

  friend auto operator==(const rule_error&, const rule_error&) -> bool = default;
};

/// Says what happened, to which stream, and what to do next.
class failure {
public:
  failure(errc failed_with, std::string text) : code{failed_with}, detail{std::move(text)} {}

  /// The domain's own error that a rule gave, when it gave a `T`. Needs `eventcore/require.hpp`.
  template <class T>
  auto as() const -> std::optional<T>;

  /// The whole text for people: the code and the detail.
  auto text() const -> std::string;

  errc code;
  std::string detail{};
  std::vector<mismatch> streams{};  ///< the streams that conflicted, if any did
  std::optional<rule_error> rule{}; ///< set when a rule gave a type of the domain
  std::uint32_t attempts = 0;       ///< how many attempts a command made; 0 when none was counted

  friend auto operator==(const failure&, const failure&) -> bool = default;
};

/// A value, or the failure that took its place.
template <class T = void>
using result = std::expected<T, failure>;

/// Shorthand for the error side of a `result`.
inline auto fail(errc code, std::string detail) -> std::unexpected<failure> {
  return std::unexpected{failure{code, std::move(detail)}};
}

/// What `unwrap` throws: the failure with its full text.
class failure_error : public std::runtime_error {
public:
  explicit failure_error(failure what_failed)
      : std::runtime_error{what_failed.text()}, failed{std::move(what_failed)} {}

  failure failed;
};

/// The value of `outcome`; throws `failure_error` when it is a failure. For programs that prefer
/// exceptions.
template <class T>
auto unwrap(result<T> outcome) -> T {
  if (!outcome)
    throw failure_error{std::move(outcome.error())};
  if constexpr (!std::is_void_v<T>)
    return std::move(*outcome);
}

} // namespace eventcore
