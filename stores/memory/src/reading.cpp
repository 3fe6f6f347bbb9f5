#include "memory_store.hpp"

#include <algorithm>
#include <shared_mutex>

namespace eventcore::memory {

namespace {

/// Fills a page up to its bounds, its first event always included.
class page_filler {
public:
  page_filler(std::vector<recorded_event>& events, const page_bounds& bounds)
      : events_{events}, bounds_{bounds} {}

  /// False when the event does not fit into the page any more.
  auto add(const recorded_event& event) -> bool {
    if (!events_.empty()
        && (events_.size() >= bounds_.events || event.payload.size() > bounds_.bytes - bytes_))
      return false;
    events_.push_back(event);
    bytes_ = std::min(bytes_ + event.payload.size(), bounds_.bytes);
    return true;
  }

private:
  std::vector<recorded_event>& events_;
  const page_bounds& bounds_;
  std::size_t bytes_ = 0;
};

// The numbers n with after < n < before that exist when the last is `size`.
struct range {
  std::uint64_t first;
  std::uint64_t count;

  range(std::uint64_t after, std::uint64_t before, std::uint64_t size)
      : first{after + 1}, count{0} {
    const auto last = before == 0 ? 0 : std::min(before - 1, size);
    if (after < last)
      count = last - after;
  }

  auto at(std::uint64_t step, direction way) const -> std::uint64_t {
    return way == direction::forwards ? first + step : first + count - 1 - step;
  }
};

} // namespace

auto memory_store::read(std::span<const read_stream> queries) -> result<std::vector<stream_page>> {
  return guarded([&]() -> result<std::vector<stream_page>> {
    for (const auto& query : queries)
      if (auto valid = validate(query); !valid)
        return std::unexpected{std::move(valid.error())};
    std::vector<stream_page> pages;
    pages.reserve(queries.size());
    const std::shared_lock guard{lock_};
    for (const auto& query : queries)
      pages.push_back(page_of(query));
    return pages;
  });
}

auto memory_store::page_of(const read_stream& query) const -> stream_page {
  stream_page page;
  const auto* stream = find_stream(query.stream.text());
  if (!stream)
    return page;
  page.head = stream->head();
  const range wanted{query.after.value, query.before.value, stream->events.size()};
  if (wanted.count == 0)
    return page;
  page.owner = log_;
  page.events.reserve(std::min<std::uint64_t>(wanted.count, query.page.events));
  page_filler filler{page.events, query.page};
  for (std::uint64_t step = 0; step < wanted.count; ++step)
    if (!filler.add(*stream->events[wanted.at(step, query.direction) - 1])) {
      page.complete = false;
      break;
    }
  return page;
}

auto memory_store::read(const read_log& query) -> result<log_page> {
  return guarded([&]() -> result<log_page> {
    if (auto valid = validate(query); !valid)
      return std::unexpected{std::move(valid.error())};
    log_page page;
    std::shared_ptr<const event_log> log;
    {
      const std::shared_lock guard{lock_};
      page.head = current_head();
      log = log_;
    }
    // Events of a log below its head never change nor move, so a long search holds nobody up.
    page.owner = log;
    const auto all = query.filter.fits_all();
    const range wanted{query.after.value, query.before.value, page.head.position.value};
    if (all)
      page.events.reserve(std::min<std::uint64_t>(wanted.count, query.page.events));
    page_filler filler{page.events, query.page};
    for (std::uint64_t step = 0; step < wanted.count && page.complete; ++step) {
      const auto& event = log->at({wanted.at(step, query.direction)});
      if (all || fits(query.filter, event.stream, event.type))
        page.complete = filler.add(event);
    }
    if (query.direction == direction::forwards)
      page.through = page.complete ? log_position{query.after.value + wanted.count}
                                   : page.events.back().position;
    return page;
  });
}

auto memory_store::head() -> result<log_head> {
  const std::shared_lock guard{lock_};
  return current_head();
}

auto memory_store::await(log_position known, std::chrono::milliseconds patience)
  -> result<log_head> {
  const auto deadline = detail::deadline_after(patience);
  if (auto now = head(); now->position > known)
    return now;
  if (auto shown = watch_.wait_beyond(known, deadline))
    return *shown;
  return head();
}

} // namespace eventcore::memory
