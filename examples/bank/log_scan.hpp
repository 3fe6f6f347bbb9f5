#pragma once

#include <eventcore/event_store.hpp>

#include <utility>

namespace bank {

namespace ec = eventcore;

/// Calls `visit` with every event of the log, in order, up to where the log stood at the beginning.
/// Holds one page at a time. Stops at the first failure, of the store or of `visit`.
template <class Visit>
auto scan_log(ec::event_store& store, Visit visit) -> ec::result<ec::log_head> {
  const auto head = store.head();
  if (!head)
    return head;
  ec::read_log query{.before = {head->position.value + 1}};
  for (bool complete = false; !complete;) {
    const auto page = store.read(query);
    if (!page)
      return std::unexpected{page.error()};
    for (const auto& event : page->events)
      if (ec::result<> visited = visit(event); !visited)
        return std::unexpected{std::move(visited.error())};
    query.after = page->through;
    complete = page->complete;
  }
  return head;
}

} // namespace bank
