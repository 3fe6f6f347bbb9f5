#include "archive_writer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace eventcore::transfer {

namespace {

constexpr std::size_t read_at_once = 32; // streams
constexpr page_bounds one_read{.events = 1'000, .bytes = 512 * 1024};

/// All but the event that closes the stream.
auto query_of(const stream_entry& stream, stream_version after) -> read_stream {
  return {.stream = stream_id::trusted(stream.id),
          .after = after,
          .before = stream.head.version,
          .page = one_read};
}

} // namespace

auto archive_writer::begin(const header& head) -> result<> {
  append_line(head, writer_.text());
  return writer_.end_line();
}

auto archive_writer::add(std::span<const stream_entry> streams) -> result<> {
  while (!streams.empty()) {
    const auto some = streams.first(std::min(streams.size(), read_at_once));
    if (auto added = add_some(some); !added)
      return added;
    streams = streams.subspan(some.size());
  }
  return {};
}

auto archive_writer::add_some(std::span<const stream_entry> streams) -> result<> {
  std::vector<read_stream> queries;
  for (const auto& each : streams)
    queries.push_back(query_of(each, {}));
  auto pages = store_.read(queries);
  if (!pages)
    return std::unexpected{std::move(pages.error())};
  for (std::size_t i = 0; i < streams.size(); ++i)
    if (auto added = add_stream(streams[i], std::move((*pages)[i])); !added)
      return added;
  return {};
}

// Only with the line behind its events the stream counts as being in the archive. It has all of them
// or none: when the rest of it came back from another archive before the payloads are taken out, that
// would be taken out too.
auto archive_writer::add_stream(const stream_entry& stream, stream_page page) -> result<> {
  std::uint64_t moved = 0;
  for (;;) {
    if (page.head != stream.head)
      return {};
    for (const auto& event : page.events) {
      if (event.encoding == encoding::archived)
        return {};
      if (event.type == closed_event)
        continue;
      if (auto written = lines_.append(event, writer_.text()); !written)
        return written;
      ++events_;
      ++moved;
      if (auto written = writer_.end_line(); !written)
        return written;
    }
    if (page.complete)
      break;
    auto next = store_.read(query_of(stream, page.events.back().version));
    if (!next)
      return std::unexpected{std::move(next.error())};
    page = std::move(*next);
  }
  if (moved == 0)
    return {};
  append_line(stream_line{.id = stream.id, .head = stream.head, .events = moved}, writer_.text());
  ++streams_;
  return writer_.end_line();
}

auto archive_writer::end() -> result<> {
  append_line(trailer{.events = events_, .requests = 0, .checksum = writer_.sum()}, writer_.text());
  return writer_.finish();
}

} // namespace eventcore::transfer
