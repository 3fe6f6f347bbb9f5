#pragma once

#include <eventcore/event_store.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>

namespace tool {

namespace ec = eventcore;

/// Hands the streams that fit to `each`, page by page, until it says false. Fails like
/// `list_streams`.
auto each_stream(ec::event_store& store, ec::stream_query query,
                 const std::function<bool(const ec::stream_entry&)>& each) -> ec::result<>;

/// The same for the snapshots of the streams that fit.
auto each_snapshot(ec::event_store& store, ec::stream_query query,
                   const std::function<bool(const ec::snapshot_entry&)>& each) -> ec::result<>;

/// The same for the dead letters of a projection, or of all when it is empty.
auto each_dead_letter(ec::event_store& store, std::string_view projection,
                      const std::function<bool(const ec::parked_event&)>& each) -> ec::result<>;

} // namespace tool
