#pragma once

#include "eventcore/event_store.hpp"

#include <span>
#include <string>
#include <vector>

// What the databases' writers share before and after their critical sections.
namespace eventcore::detail {

/// The write sets of a batch that are to be admitted, each with the place of its outcome.
struct valid_sets {
  std::vector<const write_set*> sets{};
  std::vector<append_outcome*> outcomes{};
};

/// Validates a batch; the outcomes of those that are malformed say so. `outcomes` has a place for
/// each of the batch, and outlives what is returned.
auto pick_valid(write_batch batch, const limits& bounds, std::span<append_outcome> outcomes)
  -> valid_sets;

/// Whether there is something to write when it is admitted.
auto leaves_rows(const write_set& set) -> bool;

/// The versions that a request left, as stores keep them: `{"account-alice":7}`.
auto versions_json(const std::vector<written_stream>& streams) -> std::string;

} // namespace eventcore::detail
