#include "stream_fold.hpp"

#include "eventcore/snapshot_state.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

// So much of a stream is read before it is looked for snapshots: most streams end there, and cost
// no further query.
constexpr std::uint64_t first_page = 100;

/// The same where snapshots lie so close: a stream that has one does not end within the page.
auto first_page_of(std::uint64_t every) -> std::uint64_t {
  return std::min(std::max<std::uint64_t>(every - 1, 1), first_page);
}

/// The events of a page that come after a version. Shares what they point to.
auto rest_of(const stream_page& page, stream_version after) -> stream_page {
  const auto first = std::ranges::upper_bound(page.events, after, {}, &recorded_event::version);
  return {.events = {first, page.events.end()},
          .head = page.head,
          .complete = page.complete,
          .owner = page.owner};
}

} // namespace

stream_fold::stream_fold(std::span<const wanted_state> wanted, snapshots* kept) : kept_{kept} {
  static const snapshot_policy by_default;
  query_.stream = wanted.front().stream;
  views_.reserve(wanted.size());
  for (const auto& one : wanted) {
    const auto every = kept ? kept->every(*one.view) : by_default.every_of(*one.view);
    views_.push_back({.view = one.view, .every = every});
    if (every == 0)
      continue;
    looks_for_snapshots_ = true;
    query_.page.events = std::min<std::size_t>(query_.page.events, first_page_of(every));
  }
  begin_all();
}

void stream_fold::begin_all() {
  for (auto& one : views_) {
    one.value = one.view->create();
    one.head = {};
    one.begun_at = {};
    one.kept_at = {};
    one.is_checked = true;
  }
}

auto stream_fold::take(const stream_page& page, event_store& store) -> result<bool> {
  if (!check(page))
    return begin_again();
  if (auto folded = fold_on(page); !folded) {
    if (!uses_snapshots())
      return std::unexpected{std::move(folded.error())};
    for (const auto& one : views_)
      if (one.begun_at.value > 0)
        ignore(one, one.begun_at, folded.error().code,
               fmt::format("what follows cannot be folded: {}", folded.error().detail));
    return begin_again();
  }
  if (page.complete)
    return false;
  if (std::exchange(looks_for_snapshots_, false))
    find_snapshots(store, page.head.version);
  go_on();
  return true;
}

// Each view folds what it does not have yet.
auto stream_fold::fold_on(const stream_page& page) -> result<> {
  if (page.events.empty())
    return {};
  for (auto& one : views_) {
    const bool has_some = page.events.front().version <= one.head.version;
    auto folded = has_some
                    ? fold(*one.view, rest_of(page, one.head.version), one.value.get(), one.head)
                    : fold(*one.view, page, one.value.get(), one.head);
    if (!folded)
      return folded;
  }
  return {};
}

// The next page begins with the last event that is in a snapshot, so that one read tells both what
// follows and whether the log holds that very event.
void stream_fold::go_on() {
  query_.page = {};
  query_.after = stream_version::max();
  for (const auto& one : views_)
    query_.after = std::min(query_.after, {one.head.version.value - (one.is_checked ? 0U : 1U)});
}

// -- snapshots ----------------------------------------------------------------

void stream_fold::find_snapshots(event_store& store, const stream_version& end) {
  for (auto& one : views_)
    if (one.every > 0 && end.value >= one.every) // a shorter stream has none
      adopt(one, store.load_snapshot(query_.stream, one.view->name));
}

void stream_fold::adopt(view_fold& one, const result<std::optional<snapshot>>& found) {
  if (!found)
    return ignore(one, {}, found.error().code, found.error().detail);
  if (!*found)
    return;
  const auto& kept = **found;
  if (kept.head.version <= one.head.version) { // nothing is gained by it
    one.kept_at = kept.head.version;
    return;
  }
  auto state = restore_state(*one.view, kept);
  if (!state)
    return ignore(one, kept.head.version, state.error().code, state.error().detail);
  one.value = std::move(*state);
  one.head = kept.head;
  one.begun_at = one.kept_at = kept.head.version;
  one.is_checked = false;
}

// False when a snapshot that is used turns out not to be of this log.
auto stream_fold::check(const stream_page& page) -> bool {
  bool holds_all = true;
  for (auto& one : views_) {
    if (one.is_checked)
      continue;
    const auto at =
      std::ranges::lower_bound(page.events, one.head.version, {}, &recorded_event::version);
    if (at != page.events.end() && at->version == one.head.version) {
      one.is_checked = at->commit == one.head.commit;
      if (one.is_checked)
        continue;
      ignore(one, one.begun_at, errc::log_rewound, "the log holds another commit there");
      holds_all = false;
    } else if (page.complete) {
      ignore(one, one.begun_at, errc::log_rewound,
             fmt::format("the log ends at version {} of the stream", page.head.version.value));
      holds_all = false;
    }
  }
  return holds_all;
}

auto stream_fold::uses_snapshots() const -> bool {
  return std::ranges::any_of(views_, [](const auto& one) { return one.begun_at.value > 0; });
}

auto stream_fold::begin_again() -> bool {
  begin_all();
  go_on();
  return true;
}

void stream_fold::ignore(const view_fold& one, const stream_version& at, errc code,
                         std::string_view why) const {
  if (!kept_)
    return;
  const auto which = at.value > 0 ? fmt::format(" at version {}", at.value) : std::string{};
  kept_->note_ignored(
    query_.stream, *one.view,
    {code, fmt::format("the snapshot of stream {} for '{}'{} is not used: {}; the state is folded "
                       "from the stream's events, and a new snapshot takes its place in time",
                       query_.stream, one.view->name, which, why)});
}

void stream_fold::finish(std::vector<stream_state>& into) {
  for (auto& one : views_) {
    stream_state state{one.head, std::move(one.value)};
    if (kept_ && one.every > 0 && one.head.version.value - one.kept_at.value >= one.every)
      kept_->offer(query_.stream, *one.view, state);
    into.push_back(std::move(state));
  }
}

} // namespace eventcore
