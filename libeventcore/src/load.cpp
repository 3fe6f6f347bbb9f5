#include "eventcore/load.hpp"

#include "stream_fold.hpp"

#include <algorithm>
#include <utility>

namespace eventcore {

namespace {

auto begin_folds(std::span<const wanted_state> wanted, snapshots* kept)
  -> std::vector<stream_fold> {
  std::vector<stream_fold> folds;
  folds.reserve(wanted.size());
  for (std::size_t first = 0; first < wanted.size();) {
    auto last = first + 1;
    while (last < wanted.size() && wanted[last].stream == wanted[first].stream)
      ++last;
    folds.emplace_back(wanted.subspan(first, last - first), kept);
    first = last;
  }
  return folds;
}

} // namespace

auto load_states(event_store& store, std::span<const wanted_state> wanted, snapshots* kept)
  -> result<std::vector<stream_state>> {
  auto folds = begin_folds(wanted, kept);
  std::vector<read_stream> queries;
  std::vector<stream_fold*> open;
  queries.reserve(folds.size());
  open.reserve(folds.size());
  for (auto& one : folds)
    open.push_back(&one);
  while (!open.empty()) {
    queries.clear();
    for (const auto* one : open)
      queries.push_back(one->query());
    auto pages = store.read(queries);
    if (!pages)
      return std::unexpected{std::move(pages.error())};
    std::vector<stream_fold*> unfinished;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const auto more = open[i]->take((*pages)[i], store);
      if (!more)
        return std::unexpected{more.error()};
      if (*more)
        unfinished.push_back(open[i]);
    }
    open = std::move(unfinished);
  }
  std::vector<stream_state> states;
  states.reserve(wanted.size());
  for (auto& one : folds)
    one.finish(states);
  return states;
}

namespace detail {

auto load_as_of(event_store& store, const stream_id& stream, const view_type& view,
                const as_of& bound) -> result<stream_state> {
  if (bound == as_of{}) {
    const wanted_state wanted{stream, &view};
    auto states = load_states(store, {&wanted, 1});
    if (!states)
      return std::unexpected{std::move(states.error())};
    return std::move(states->front());
  }
  auto state = view.create();
  stream_head head;
  read_stream query{.stream = stream};
  if (bound.version < stream_version::max())
    query.before = {bound.version.value + 1};
  for (bool complete = false; !complete;) {
    auto page = store.read(query);
    if (!page)
      return std::unexpected{std::move(page.error())};
    complete = page->complete;
    const auto late = std::ranges::find_if(
      page->events, [&](const recorded_event& e) { return e.position > bound.position; });
    complete = complete || late != page->events.end();
    page->events.erase(late, page->events.end());
    if (auto folded = fold(view, *page, state.get(), head); !folded)
      return std::unexpected{std::move(folded.error())};
    query.after = head.version;
  }
  return stream_state{head, std::move(state)};
}

} // namespace detail

} // namespace eventcore
