#include "pages.hpp"

#include <limits>

namespace tool {

auto each_stream(ec::event_store& store, ec::stream_query query,
                 const std::function<bool(const ec::stream_entry&)>& each) -> ec::result<> {
  for (;;) {
    const auto page = store.maintenance().list_streams(query);
    if (!page)
      return std::unexpected{page.error()};
    for (const auto& stream : *page)
      if (!each(stream))
        return {};
    if (page->size() < query.limit)
      return {};
    query.after = page->back().id;
  }
}

// A stream may have several snapshots, so the length of a page does not say whether it is the last.
auto each_snapshot(ec::event_store& store, ec::stream_query query,
                   const std::function<bool(const ec::snapshot_entry&)>& each) -> ec::result<> {
  for (;;) {
    const auto page = store.maintenance().list_snapshots(query);
    if (!page)
      return std::unexpected{page.error()};
    for (const auto& snapshot : *page)
      if (!each(snapshot))
        return {};
    if (page->empty())
      return {};
    query.after = page->back().stream;
  }
}

auto each_dead_letter(ec::event_store& store, std::string_view projection,
                      const std::function<bool(const ec::parked_event&)>& each) -> ec::result<> {
  if (projection.empty()) { // pages go on within one projection only
    const auto all = store.list_dead_letters({.limit = std::numeric_limits<std::int32_t>::max()});
    if (!all)
      return std::unexpected{all.error()};
    for (const auto& letter : *all)
      if (!each(letter))
        return {};
    return {};
  }
  ec::dead_letter_query query{.projection = projection};
  for (;;) {
    const auto page = store.list_dead_letters(query);
    if (!page)
      return std::unexpected{page.error()};
    for (const auto& letter : *page)
      if (!each(letter))
        return {};
    if (page->size() < query.limit)
      return {};
    query.after = page->back().position;
  }
}

} // namespace tool
