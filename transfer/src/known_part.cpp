#include "known_part.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace eventcore::transfer {

namespace {

constexpr page_bounds one_read{.events = 5'000, .bytes = 4 * 1024 * 1024};
constexpr std::size_t requests_at_once = 1'000;

auto another(std::string_view what) -> std::unexpected<failure> {
  return fail(errc::invalid_argument,
              fmt::format("the store holds another {} than the file: an earlier import read a file "
                          "that was damaged, or another one; name a store that does not exist yet",
                          what));
}

auto id_of(const recorded_request& request) -> const std::string& { return request.id.text(); }

auto line_of(const recorded_request& request) -> std::string {
  std::string line;
  append_line(request, line);
  return line;
}

} // namespace

auto known_part::new_events(const batch& next) -> result<std::span<const recorded_event>> {
  const auto known = std::ranges::upper_bound(next.events, reached_, {}, &recorded_event::position);
  if (auto same = compare(std::span{next.events.begin(), known}); !same)
    return std::unexpected{std::move(same.error())};
  if (auto same = compare(next.requests); !same)
    return std::unexpected{std::move(same.error())};
  return std::span{known, next.events.end()};
}

auto known_part::compare(std::span<const recorded_event> in_file) -> result<> {
  while (!in_file.empty()) {
    const auto page = store_.read(read_log{.after = {in_file.front().position.value - 1},
                                           .before = {in_file.back().position.value + 1},
                                           .page = one_read});
    if (!page)
      return std::unexpected{page.error()};
    const auto count = std::min(page->events.size(), in_file.size());
    for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i)
      if (i == count || !is_same(page->events[i], in_file[i]))
        return another(fmt::format("event at position {}", in_file[i].position.value));
    in_file = in_file.subspan(count);
  }
  return {};
}

auto known_part::is_same(recorded_event here, const recorded_event& in_file) -> bool {
  if (here.encoding == encoding::archived || in_file.encoding == encoding::archived) {
    here.encoding = in_file.encoding;
    here.payload = in_file.payload;
  }
  line_here_.clear();
  line_in_file_.clear();
  return lines_.append(here, line_here_) && lines_.append(in_file, line_in_file_)
         && line_here_ == line_in_file_;
}

// A file has them in the order of their ids, as stores list them.
auto known_part::compare(std::span<const recorded_request> in_file) -> result<> {
  if (in_file.empty())
    return {};
  const auto& last = in_file.back().id.text();
  for (bool more = true; more && last_request_ < last;) {
    const auto here = store_.maintenance().list_requests(last_request_, requests_at_once);
    if (!here)
      return std::unexpected{here.error()};
    for (const auto& each : *here) {
      const auto same = std::ranges::lower_bound(in_file, each.id.text(), {}, id_of);
      if (same != in_file.end() && same->id == each.id && line_of(*same) != line_of(each))
        return another(fmt::format("request '{}'", each.id.text()));
    }
    more = here->size() == requests_at_once;
    if (more)
      last_request_ = here->back().id.text();
  }
  last_request_ = last;
  return {};
}

} // namespace eventcore::transfer
