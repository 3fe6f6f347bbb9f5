#pragma once

#include "audit.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace stress {

/// A check that is made bit by bit; the first thing that speaks against it is told.
class verdict {
public:
  explicit verdict(std::string name) : check_{.name = std::move(name)} {}

  template <class... Args>
  void require(bool good, fmt::format_string<Args...> problem, Args&&... args) {
    if (good)
      return;
    check_.pass = false;
    if (!check_.detail)
      check_.detail = fmt::format(problem, std::forward<Args>(args)...);
  }

  /// `found` of something that succeeded as often as `of` says, and may have happened more often when an outcome is
  /// unknown or others do the same.
  void require_count(std::uint64_t found, const tally& of, bool alone, std::string_view what) {
    require(found >= of.succeeded && (!alone || found <= of.succeeded + of.unknown),
            "{}: {} in the log, {} were told to have succeeded and {} to be unknown", what, found,
            of.succeeded, of.unknown);
  }

  auto take() -> check { return std::move(check_); }

private:
  check check_;
};

} // namespace stress
