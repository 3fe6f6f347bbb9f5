#pragma once

#include <eventcore/position.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include <boost/describe/class.hpp>

namespace stress {

namespace ec = eventcore;

/// What one client was told about its commands.
struct tally {
  std::uint64_t succeeded = 0;
  std::uint64_t rejected = 0;   ///< by a rule
  std::uint64_t overloaded = 0; ///< not taken
  std::uint64_t unknown = 0;    ///< may be in the log
  std::uint64_t failed = 0;     ///< in any other way: certainly not in the log
  std::uint64_t retries = 0;
  std::uint64_t events = 0;  ///< of those that succeeded
  std::uint64_t commits = 0; ///< the sum of `fingerprint` of those that succeeded

  auto operator+=(const tally& other) -> tally&;
};
BOOST_DESCRIBE_STRUCT(tally, (),
                      (succeeded, rejected, overloaded, unknown, failed, retries, events, commits))

/// What all clients were told, for comparing it with the log.
struct told {
  ec::log_position base{}; ///< where the log stood before the first command
  std::vector<tally> clients{};
  std::uint64_t unanswered = 0;
  bool alone = true; ///< no other program writes to the store

  auto all() const -> tally { return sum(0, clients.size()); }
  /// Of `count` clients from `first` on.
  auto sum(std::size_t first, std::size_t count) const -> tally;
};

/// Stands for one commit: its id, its first position and its number of events. Sums of these are equal only if they are
/// made of the same commits, whatever the order.
auto fingerprint(const ec::commit_id& commit, ec::log_position first, std::uint64_t count)
  -> std::uint64_t;

} // namespace stress
