#pragma once

#include <string_view>

namespace eventcore {

/// The kinds of streams that a projection reads: `using streams = ec::kinds<account, order>;`.
template <class... Kinds>
struct kinds {};

/// Narrows what a projection reads to some streams of its kinds:
/// `static constexpr ec::stream_pattern reads{.prefix = "account-home-"};`. Empty parts fit all.
struct stream_pattern {
  std::string_view prefix{}; ///< streams whose id begins with exactly these characters
  std::string_view glob{};   ///< streams whose whole id fits, see `glob_matches`
};

} // namespace eventcore
