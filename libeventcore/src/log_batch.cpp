#include "eventcore/log_batch.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

auto lost(const checkpoint& at) -> std::unexpected<failure> {
  return fail(
    errc::log_rewound,
    fmt::format("the log does not hold commit {} at position {}, up to which it was read "
                "before: an older backup was restored, or it is another log; rebuild what "
                "was read from it",
                at.commit.text(), at.position.value));
}

auto too_short(log_position at, log_position head) -> std::unexpected<failure> {
  return fail(errc::log_rewound,
              fmt::format("the log ends at position {}, before position {}, after which reading "
                          "was to go on: an older backup was restored, or it is another log; "
                          "rebuild what was read from it",
                          head.value, at.value));
}

auto head_at(const recorded_event& event) -> log_head {
  return {event.position, event.commit, event.recorded_at};
}

// Where a filter's search ends for now. An unfiltered page ends by its own bounds.
auto end_of_span(const batch_query& query) -> log_position {
  constexpr auto max = std::numeric_limits<std::uint64_t>::max();
  const auto after = query.after.position.value;
  if (query.filter.fits_all() || query.span >= max - after)
    return log_position::max();
  return {after + query.span + 1};
}

// What a page reached. Where events were found and more may follow it ends with the last of them,
// whose commit came in the same read.
auto reached_by(event_store& store, const log_page& page) -> result<log_head> {
  if (page.through == page.head.position)
    return page.head;
  if (!page.events.empty())
    return head_at(page.events.back());
  return find_position(store, page.through);
}

} // namespace

auto checkpoint_at(const log_head& reached) -> checkpoint {
  return {reached.position, reached.commit};
}

auto find_position(event_store& store, log_position at) -> result<log_head> {
  if (at.value == 0)
    return log_head{};
  // With its end given it can be answered from memory, see `recent_log`.
  auto page =
    store.read(read_log{.after = {at.value - 1}, .before = {at.value + 1}, .page = {.events = 1}});
  if (!page)
    return std::unexpected{std::move(page.error())};
  if (page->events.empty())
    return too_short(at, page->head.position);
  return head_at(page->events.front());
}

auto find_checkpoint(event_store& store, const checkpoint& at) -> result<log_head> {
  auto found = find_position(store, at.position);
  if (found && found->commit != at.commit)
    return lost(at);
  return found;
}

auto read_batch(event_store& store, const batch_query& query) -> result<log_batch> {
  const auto& after = query.after;
  auto page = store.read(read_log{.after = after.position,
                                  .before = end_of_span(query),
                                  .filter = query.filter,
                                  .page = query.page});
  if (!page)
    return std::unexpected{std::move(page.error())};
  if (page->head.position == after.position) {
    if (page->head.commit != after.commit)
      return lost(after);
    return log_batch{.through = page->head, .head = page->head};
  }
  auto through = reached_by(store, *page);
  if (!through)
    return std::unexpected{std::move(through.error())};
  // After the page, not before it: a log that was replaced in between would go unnoticed.
  if (auto there = find_checkpoint(store, after); !there)
    return std::unexpected{std::move(there.error())};
  return log_batch{.events = std::move(page->events),
                   .through = *through,
                   .head = page->head,
                   .owner = std::move(page->owner)};
}

} // namespace eventcore
