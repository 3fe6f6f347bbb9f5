#pragma once

#include "options.hpp"

#include <eventcore/event_store.hpp>

#include <memory>
#include <stdexcept>

namespace stress {

namespace ec = eventcore;

/// The store is not one that a run may begin on; its text is for people.
struct wrong_store : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Opens the store for a run. Throws `wrong_store` when it holds events that are not to be kept, `failure_error` when it
/// cannot be opened.
auto open_for_run(const options& given) -> std::shared_ptr<ec::event_store>;

/// Opens the file once more, for reading, after the run has let go of `used`; a store in memory is `used` itself.
auto open_afresh(const options& given, std::shared_ptr<ec::event_store> used)
  -> std::shared_ptr<ec::event_store>;

/// Where the log stands. Throws `failure_error`.
auto head_of(ec::event_store& store) -> ec::log_position;

} // namespace stress
