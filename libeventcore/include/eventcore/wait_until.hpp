#pragma once

#include "eventcore/event_store.hpp"

#include <chrono>
#include <string_view>

namespace eventcore {

/// Waits until the checkpoint of a projection, wherever it runs, is at `position` or beyond it: what
/// was committed up to there can then be read in its read model. Gives the checkpoint. It is looked
/// for every few milliseconds, at most 50 ms apart.
///
/// Fails with `timed_out` when it is not there after `patience`, or with the store's failure. A
/// projection that saves its checkpoint apart is further than that says; see
/// `projection_options::save_interval`.
[[nodiscard]] auto wait_until(event_store& store, std::string_view projection,
                              log_position position, std::chrono::milliseconds patience)
  -> result<checkpoint>;

} // namespace eventcore
