#include "eventcore/load.hpp"

#include <algorithm>

namespace eventcore {

namespace {

// The views of one stream while its pages are folded.
struct fold_in_progress {
  read_stream query;
  std::span<const wanted_state> wanted;
  std::vector<std::shared_ptr<void>> values;
  stream_head head;

  auto take(const stream_page& page) -> result<> {
    const auto from = head;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      head = from;
      if (auto folded = fold(*wanted[i].view, page, values[i].get(), head); !folded)
        return folded;
    }
    query.after = head.version;
    return {};
  }
};

auto begin_folds(std::span<const wanted_state> wanted) -> std::vector<fold_in_progress> {
  std::vector<fold_in_progress> folds;
  folds.reserve(wanted.size());
  for (std::size_t first = 0; first < wanted.size();) {
    auto last = first + 1;
    while (last < wanted.size() && wanted[last].stream == wanted[first].stream)
      ++last;
    auto& begun = folds.emplace_back();
    begun.query.stream = wanted[first].stream;
    begun.wanted = wanted.subspan(first, last - first);
    begun.values.reserve(begun.wanted.size());
    for (const auto& one : begun.wanted)
      begun.values.push_back(one.view->create());
    first = last;
  }
  return folds;
}

} // namespace

auto load_states(event_store& store, std::span<const wanted_state> wanted)
  -> result<std::vector<stream_state>> {
  auto folds = begin_folds(wanted);
  std::vector<read_stream> queries;
  std::vector<fold_in_progress*> open;
  queries.reserve(folds.size());
  open.reserve(folds.size());
  for (auto& one : folds)
    open.push_back(&one);
  while (!open.empty()) {
    queries.clear();
    for (const auto* one : open)
      queries.push_back(one->query);
    const auto pages = store.read(queries);
    if (!pages)
      return std::unexpected{pages.error()};
    std::vector<fold_in_progress*> unfinished;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (auto taken = open[i]->take((*pages)[i]); !taken)
        return std::unexpected{std::move(taken.error())};
      if (!(*pages)[i].complete)
        unfinished.push_back(open[i]);
    }
    open = std::move(unfinished);
  }
  std::vector<stream_state> states;
  states.reserve(wanted.size());
  for (auto& one : folds)
    for (auto& value : one.values)
      states.push_back({one.head, std::move(value)});
  return states;
}

namespace detail {

auto load_as_of(event_store& store, const stream_id& stream, const view_type& view,
                const as_of& bound) -> result<stream_state> {
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
