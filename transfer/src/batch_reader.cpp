#include "batch_reader.hpp"

#include "read_lines.hpp"

#include <cstring>

#include <fmt/format.h>

namespace eventcore::transfer {

namespace {

constexpr std::size_t most_events = 5'000; // of a batch, and of other lines; a commit may exceed it
constexpr std::size_t most_bytes = 4 * 1024 * 1024;

constexpr std::string_view cut_off =
  "the file ends here without its last line: a part of it is missing; get a whole copy of it";

auto read_ahead(auto&& read) {
  return std::async(std::launch::async, std::forward<decltype(read)>(read));
}

/// The first line of a file.
auto read_first(line_source& from, std::string_view holds) -> result<header> {
  const auto line = from.next();
  if (!line)
    return std::unexpected{line.error()};
  if (!*line)
    return std::unexpected{from.refuse("the file is empty")};
  auto head = read_header(**line, holds);
  if (!head)
    return std::unexpected{from.refuse(head.error().detail)};
  return head;
}

/// Compares the last line with what was read, and looks that nothing follows.
auto check_end(line_source& from, const trailer& end) -> result<> {
  const auto sum = from.sum().text();
  if (sum != end.checksum)
    return std::unexpected{
      from.refuse(fmt::format("the text before has the checksum {}, and should have {}: the file "
                              "is damaged; get a whole copy of it",
                              sum, end.checksum))};
  const auto more = from.next();
  if (!more)
    return std::unexpected{more.error()};
  if (*more)
    return std::unexpected{from.refuse("there is more behind the end of the log")};
  return {};
}

} // namespace

auto batch_reader::open(const std::filesystem::path& file, std::string_view holds)
  -> result<std::unique_ptr<batch_reader>> {
  auto from = line_source::open(file);
  if (!from)
    return std::unexpected{std::move(from.error())};
  auto head = read_first(*from, holds);
  if (!head)
    return std::unexpected{std::move(head.error())};
  std::unique_ptr<batch_reader> opened{new batch_reader{std::move(*from), std::move(*head)}};
  opened->ahead_ = read_ahead([&reader = *opened] { return reader.read_batch(); });
  return opened;
}

auto batch_reader::next() -> result<std::unique_ptr<batch>> {
  auto read = ahead_.get();
  if (read && !(*read)->last)
    ahead_ = read_ahead([this] { return read_batch(); });
  return read;
}

auto batch_reader::read_batch() -> result<std::unique_ptr<batch>> {
  auto made = std::make_unique<batch>();
  made->events.reserve(most_events);
  lines_ = bytes_ = 0;
  for (full_ = false; !full_ && !made->last;) {
    const auto line = from_.next();
    if (!line)
      return std::unexpected{line.error()};
    if (!*line)
      return std::unexpected{from_.refuse(cut_off)};
    ++lines_;
    bytes_ += (*line)->size();
    if (auto taken = take(**line, *made); !taken)
      return std::unexpected{from_.refuse(taken.error().detail)};
    // The event that follows may be of the same commit: `take_event` sees.
    const bool in_commit =
      header_.holds == log_format && made->requests.empty() && !made->events.empty();
    full_ = full_ || (is_due() && !in_commit);
  }
  if (made->last)
    if (auto good = check_end(from_, end_); !good)
      return std::unexpected{std::move(good.error())};
  return made;
}

auto batch_reader::is_due() const -> bool { return lines_ >= most_events || bytes_ >= most_bytes; }

auto batch_reader::take(std::string_view line, batch& into) -> result<> {
  const auto keep = [](auto read, auto& all) -> result<> {
    if (!read)
      return std::unexpected{std::move(read.error())};
    all.push_back(std::move(*read));
    return {};
  };
  switch (kind_of_line(line)) {
  case line_kind::event:
    return take_event(line, into);
  case line_kind::request:
    ++requests_;
    return keep(read_request(line), into.requests);
  case line_kind::archive:
    return keep(read_archive(line), into.archives);
  case line_kind::stream:
    return keep(read_stream(line), into.streams);
  case line_kind::end:
    return take_end(line, into);
  case line_kind::header:
  case line_kind::unknown:
    break;
  }
  return fail(errc::codec_failed, "this is no line of an event log");
}

auto batch_reader::take_event(std::string_view line, batch& into) -> result<> {
  auto* copy = static_cast<char*>(into.memory.allocate(line.size(), 1));
  std::memcpy(copy, line.data(), line.size());
  const auto event = read_event({copy, line.size()}, into.memory);
  if (!event)
    return std::unexpected{event.error()};
  if (header_.holds == log_format) {
    if (event->position.value != events_ + 1)
      return fail(errc::codec_failed, fmt::format("the event at position {} follows that at {}",
                                                  event->position.value, events_));
    if (is_due() && !into.events.empty() && into.events.back().commit != event->commit) {
      from_.repeat();
      full_ = true;
      return {};
    }
  }
  ++events_;
  commit_ = event->commit;
  into.events.push_back(*event);
  return {};
}

auto batch_reader::take_end(std::string_view line, batch& into) -> result<> {
  auto end = read_trailer(line);
  if (!end)
    return std::unexpected{std::move(end.error())};
  if (end->events != events_ || end->requests != requests_)
    return fail(errc::codec_failed,
                fmt::format("it speaks of {} events and {} requests, {} and {} are there",
                            end->events, end->requests, events_, requests_));
  if (header_.holds == log_format && header_.head.position.value != events_)
    return fail(errc::codec_failed, fmt::format("the log ends at position {}, not at {}", events_,
                                                header_.head.position.value));
  if (header_.holds == log_format && header_.head.commit != commit_)
    return fail(errc::codec_failed, fmt::format("the log ends with commit {}, not with {}",
                                                commit_.text(), header_.head.commit.text()));
  end_ = std::move(*end);
  into.last = true;
  return {};
}

auto check_sum(const std::filesystem::path& file, std::string_view holds,
               const transfer_options& options) -> result<> {
  auto from = line_source::open(file);
  if (!from)
    return std::unexpected{std::move(from.error())};
  const auto head = read_first(*from, holds);
  if (!head)
    return std::unexpected{head.error()};
  for (std::uint64_t events = 0; !options.stop.stop_requested();) {
    const auto line = from->next();
    if (!line)
      return std::unexpected{line.error()};
    if (!*line)
      return std::unexpected{from->refuse(cut_off)};
    const auto kind = kind_of_line(**line);
    if (kind == line_kind::event && ++events % most_events == 0 && options.preparing)
      options.preparing(events, head->head.position.value);
    if (kind != line_kind::end)
      continue;
    const auto end = read_trailer(**line);
    if (!end)
      return std::unexpected{from->refuse(end.error().detail)};
    return check_end(*from, *end);
  }
  return stopped("nothing was done");
}

auto stopped(std::string_view what) -> std::unexpected<failure> {
  return fail(errc::shutting_down, fmt::format("stopped: {}", what));
}

} // namespace eventcore::transfer
