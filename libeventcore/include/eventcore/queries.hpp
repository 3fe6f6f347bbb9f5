#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/position.hpp"
#include "eventcore/stream_id.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eventcore {

enum class direction : std::uint8_t { forwards = 1, backwards = 2 };

/// How much one page may hold. A page ends when either bound is reached, but never before its first
/// event.
struct page_bounds {
  std::size_t events = 1000;
  std::size_t bytes = 16 * 1024 * 1024; ///< of payloads
};

/// Asks for the events of one stream with `after < version < before`.
struct read_stream {
  stream_id stream{};
  stream_version after{};
  stream_version before = stream_version::max();
  page_bounds page{};
  eventcore::direction direction = eventcore::direction::forwards;
};

/// Which events of the log are wanted: those that fit everything that is set. An empty filter fits
/// all.
struct event_filter {
  std::vector<std::string> kinds{}; ///< streams of one of these kinds
  std::string prefix{};             ///< streams whose id begins with exactly these characters
  std::string glob{}; ///< streams whose whole id fits this pattern, see `glob_matches`
  std::vector<std::string> types{}; ///< events of one of these types, written `kind.type`

  auto fits_all() const -> bool {
    return kinds.empty() && prefix.empty() && glob.empty() && types.empty();
  }
};

/// Asks for the events of the log with `after < position < before` that fit `filter`.
struct read_log {
  log_position after{};
  log_position before = log_position::max();
  event_filter filter{};
  page_bounds page{};
  eventcore::direction direction = eventcore::direction::forwards;
};

/// Checks the bounds and texts of a query. Fails with `invalid_argument`.
auto validate(const read_stream& query) -> result<>;
auto validate(const read_log& query) -> result<>;

/// Whether the whole of `text` fits `pattern`, character by character (code points,
/// case-sensitive): `*` any characters, `?` one character, `[a-z]` one of a class, `[!a-z]` one
/// that is not in it; anything else is itself. A class that is not closed is refused by `validate`.
auto glob_matches(std::string_view pattern, std::string_view text) -> bool;

/// Whether an event of `type` in `stream` fits `filter`: the one definition that all stores follow.
auto fits(const event_filter& filter, std::string_view stream, std::string_view type) -> bool;

} // namespace eventcore
