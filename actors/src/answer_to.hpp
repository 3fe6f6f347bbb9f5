#pragma once

#include "eventcore/actors/runtime.hpp"

#include <functional>

#include <caf/response_promise.hpp>

namespace eventcore::actors {

/// Answers who made the request that `asked` stands for, once, from any thread, also when the actor
/// `by` that took the request is gone. A promise cannot: it delivers by the thread that its actor ran
/// on last.
auto answer_to(const caf::response_promise& asked, caf::strong_actor_ptr by)
  -> std::function<void(result<executed>)>;

} // namespace eventcore::actors
