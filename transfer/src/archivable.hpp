#pragma once

#include "eventcore/transfer/archive_file.hpp"

#include <functional>
#include <span>

namespace eventcore::transfer {

/// Hands the streams that can be archived now to `each`, some at a time, in the order of their ids;
/// ends with the first failure.
auto each_archivable(event_store& store, const archive_selection& selection,
                     const std::function<result<>(std::span<const stream_entry>)>& each)
  -> result<>;

} // namespace eventcore::transfer
