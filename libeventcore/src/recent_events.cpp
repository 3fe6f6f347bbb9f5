#include "recent_events.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace eventcore {

namespace {

using piece_pointer = std::shared_ptr<const recent_piece>;

// What a page takes besides its events and their texts. Of many pages with an event each this is
// nearly everything.
constexpr std::size_t overhead_of_page = 4096;

auto bytes_of(const std::vector<recorded_event>& events) -> std::size_t {
  auto bytes = overhead_of_page + events.capacity() * sizeof(recorded_event);
  for (const auto& event : events)
    bytes += event.payload.size() + event.metadata_json.size();
  return bytes;
}

/// Fills a page up to its bounds, its first event always included.
class page_filler {
public:
  page_filler(const read_log& query, log_page& page) : query_{query}, page_{page} {}

  /// False when the page is full.
  auto add(const recent_piece& from, std::uint64_t before) -> bool {
    const auto first = from.first().value;
    const auto after = query_.after.value;
    for (auto i = after < first ? 0 : after + 1 - first; i < from.events.size(); ++i) {
      const auto& event = from.events[i];
      if (event.position.value >= before)
        break;
      if (fits(query_.filter, event.stream, event.type) && !add(event))
        return false;
    }
    return true;
  }

private:
  auto add(const recorded_event& event) -> bool {
    const auto& bounds = query_.page;
    if (!page_.events.empty()
        && (page_.events.size() >= bounds.events || event.payload.size() > bounds.bytes - bytes_))
      return false;
    page_.events.push_back(event);
    bytes_ = std::min(bytes_ + event.payload.size(), bounds.bytes);
    return true;
  }

  const read_log& query_;
  log_page& page_;
  std::size_t bytes_ = 0;
};

// What keeps the events of a page, which came from these pieces.
auto owner_of(std::vector<piece_pointer> pieces) -> std::shared_ptr<const void> {
  if (pieces.empty())
    return nullptr;
  if (pieces.size() == 1)
    return pieces.front();
  return std::make_shared<const std::vector<piece_pointer>>(std::move(pieces));
}

} // namespace

auto page_of(const read_log& query, const recent_extract& from) -> std::optional<log_page> {
  log_page page{.head = from.head};
  // The events that exist and are asked for lie before this.
  const auto before =
    std::min(query.before.value, std::max(from.head.position, query.after).value + 1);
  page_filler filler{query, page};
  std::vector<piece_pointer> used;
  for (const auto& piece : from.pieces) {
    const auto count = page.events.size();
    page.complete = filler.add(*piece, before);
    if (page.events.size() > count)
      used.push_back(piece);
    if (!page.complete)
      break;
  }
  if (page.complete && before > from.end.value + 1)
    return std::nullopt;
  page.through = page.complete
                   ? std::max(query.after, log_position{std::max<std::uint64_t>(before, 1) - 1})
                   : page.events.back().position;
  page.owner = owner_of(std::move(used));
  return page;
}

void recent_events::restart(log_position after, log_page page) {
  drop();
  if (page.events.empty()) { // then `after` is the head, or what is here would name no commit
    if (page.head.position != after)
      return;
    commit_ = page.head.commit;
  }
  begun_ = true;
  begin_ = after;
  end_ = after;
  take(std::move(page), 0);
}

auto recent_events::next(const page_bounds& page) const -> read_log {
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  if (end_.value == 0)
    return {.page = page};
  return {.after = {end_.value - 1},
          .page = {.events = page.events + 1,
                   .bytes = page.bytes + std::min(last_payload_, most - page.bytes)}};
}

void recent_events::extend(log_page page) {
  const auto same = end_.value == 0
                    || (!page.events.empty() && page.events.front().position == end_
                        && page.events.front().commit == commit_);
  const std::size_t known = end_.value == 0 ? 0 : 1;
  if (!begun_ || !same || (page.events.size() == known && !page.complete)) {
    drop();
    return;
  }
  take(std::move(page), known);
}

// The first `known` events of the page are here already.
void recent_events::take(log_page page, std::size_t known) {
  head_ = page.head;
  if (page.events.size() == known)
    return;
  const auto& last = page.events.back();
  end_ = last.position;
  commit_ = last.commit;
  last_payload_ = last.payload.size();
  auto piece = std::make_shared<recent_piece>();
  piece->bytes = bytes_of(page.events);
  piece->read = std::move(page.events);
  piece->events = std::span<const recorded_event>{piece->read}.subspan(known);
  piece->owner = std::move(page.owner);
  events_ += piece->events.size();
  bytes_ += piece->bytes;
  pieces_.push_back(std::move(piece));
  shrink();
}

void recent_events::shrink() {
  while (events_ > kept_.events || bytes_ > kept_.bytes) {
    const auto& oldest = *pieces_.front();
    events_ -= oldest.events.size();
    bytes_ -= oldest.bytes;
    begin_ = oldest.last();
    pieces_.pop_front();
  }
}

void recent_events::drop() {
  pieces_.clear();
  events_ = 0;
  bytes_ = 0;
  begun_ = false;
  begin_ = {};
  end_ = {};
  commit_ = {};
  last_payload_ = 0;
  head_ = {};
}

auto recent_events::extract(const read_log& query) const -> recent_extract {
  recent_extract found{.end = end_, .head = head_};
  const auto first = std::ranges::upper_bound(pieces_, query.after, {}, &recent_piece::last);
  std::size_t events = 0;
  for (auto i = first; i != pieces_.end(); ++i) {
    if (query.filter.fits_all() && events > query.page.events)
      break; // one more than fits shows that the page is full
    found.pieces.push_back(*i);
    events += (*i)->last().value - std::max(query.after.value, (*i)->first().value - 1);
    found.end = (*i)->last();
  }
  return found;
}

} // namespace eventcore
