#pragma once

#include "eventcore/failure.hpp"

#include <string_view>

namespace eventcore::actors {

/// Whether the calling thread is one of CAF's scheduler, which others need.
auto is_scheduler_thread() -> bool;

/// Fails with `invalid_argument` on such a thread; `what` would block it, `instead` does not.
auto may_block(std::string_view what, std::string_view instead) -> result<>;

} // namespace eventcore::actors
