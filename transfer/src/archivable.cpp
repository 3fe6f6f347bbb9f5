#include "archivable.hpp"

#include <vector>

namespace eventcore::transfer {

namespace {

constexpr std::size_t listed_at_once = 1'000;

auto is_archivable(const stream_entry& stream, timestamp before) -> bool {
  return stream.closed && !stream.archived && stream.changed_at < before;
}

} // namespace

auto each_archivable(event_store& store, const archive_selection& selection,
                     const std::function<result<>(std::span<const stream_entry>)>& each)
  -> result<> {
  auto query = selection.which;
  query.after.clear();
  query.limit = listed_at_once;
  for (;;) {
    auto page = store.maintenance().list_streams(query);
    if (!page)
      return std::unexpected{std::move(page.error())};
    const bool last = page->size() < listed_at_once;
    if (!last)
      query.after = page->back().id;
    std::erase_if(*page, [&](const auto& one) { return !is_archivable(one, selection.before); });
    if (!page->empty())
      if (auto done = each(*page); !done)
        return done;
    if (last)
      return {};
  }
}

} // namespace eventcore::transfer
