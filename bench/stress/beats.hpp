#pragma once

#include "options.hpp"
#include "other_process.hpp"

#include <eventcore/event_store.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

#include <boost/describe/class.hpp>

namespace stress {

namespace ec = eventcore;

/// A commit: its position, and when its writer knew of it, in nanoseconds of the machine's steady clock, which all
/// processes share.
struct beat {
  std::uint64_t position = 0;
  std::int64_t known_at = 0;
};
BOOST_DESCRIBE_STRUCT(beat, (), (position, known_at))

/// A deposit at a time, with a pause after each.
struct beat_order {
  std::uint64_t count = 0;
  std::int64_t pause = 0; ///< nanoseconds
};
BOOST_DESCRIBE_STRUCT(beat_order, (), (count, pause))

auto steady_now() -> std::int64_t;

/// Commits them, each on a new stream.
auto send_beats(ec::event_store& store, const beat_order& wanted) -> std::vector<beat>;

/// Another process that commits them to the same store. It waits until it is asked, and ends with the object.
class beating_process {
public:
  /// Forks: this process has no threads.
  explicit beating_process(const options& given);

  void ask(const beat_order& wanted);
  /// Throws `std::runtime_error` when it could not do it.
  auto wait() -> std::vector<beat>;

private:
  other_process other_;
};

} // namespace stress
