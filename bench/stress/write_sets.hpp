#pragma once

#include "eventcore/write_set.hpp"

#include <cstddef>
#include <vector>

namespace bench {

namespace ec = eventcore;

/// What a batch of write sets looks like.
struct shape {
  std::size_t sets = 1;           ///< write sets in the batch
  std::size_t events_per_set = 1; ///< each on another stream
  std::size_t streams = 0;        ///< that all events share in turn; 0: each has a new one

  auto rows() const -> std::size_t { return sets * events_per_set; }
};

/// An event as the events table holds it, as far as the write set does not say it.
struct row {
  long long stream = 0; ///< its key
  long long version = 0;
  const ec::write_set* set = nullptr;
  const ec::new_event* event = nullptr;
};

/// Makes batches of one shape that follow on each other, with events of 200 bytes.
class write_set_source {
public:
  /// Throws `std::invalid_argument` when the events of a write set need more streams than there are.
  explicit write_set_source(const shape& of);

  /// Makes the next batch; the last one is gone.
  void next();

  auto sets() const -> const std::vector<ec::write_set>& { return sets_; }

  /// The events of the batch in the order of their positions.
  auto rows() const -> const std::vector<row>& { return rows_; }

private:
  void fill(ec::write_set& set);

  shape of_;
  std::size_t count_ = 0;
  std::vector<ec::stream_head> heads_;
  std::vector<ec::write_set> sets_;
  std::vector<row> rows_;
};

} // namespace bench
