#include "partial_log.hpp"

#include "packed_file.hpp"
#include "read_lines.hpp"

#include <memory_resource>

#include <fmt/format.h>

namespace eventcore::transfer {

namespace {

/// Takes a line; false when it is not what must come next.
auto take(std::string_view line, export_state& state) -> bool {
  const auto kind = kind_of_line(line);
  if (state.ended || (kind == line_kind::header) != state.head.holds.empty())
    return false;
  switch (kind) {
  case line_kind::header: {
    auto head = read_header(line, log_format);
    if (head)
      state.head = std::move(*head);
    return head.has_value();
  }
  case line_kind::event: {
    std::pmr::monotonic_buffer_resource texts;
    const auto event = read_event(line, texts);
    return event && event->position.value == ++state.events;
  }
  case line_kind::archive: {
    auto archive = read_archive(line);
    if (archive)
      state.archives.insert(std::move(archive->file));
    return archive.has_value();
  }
  case line_kind::request: {
    const auto request = read_request(line);
    if (request)
      state.last_request = request->id.text();
    ++state.requests;
    return request.has_value();
  }
  case line_kind::end: {
    const auto end = read_trailer(line);
    state.ended = end && end->checksum == state.sum.text() && end->events == state.events
                  && end->requests == state.requests;
    return state.ended;
  }
  case line_kind::stream:
  case line_kind::unknown:
    break;
  }
  return false;
}

/// Takes whole lines; false at the first bad one.
auto take_lines(std::string_view text, export_state& state) -> bool {
  while (!text.empty()) {
    const auto length = text.find('\n');
    if (length == std::string_view::npos || !take(text.substr(0, length), state))
      return false;
    if (!state.ended)
      state.sum.add(text.substr(0, length + 1));
    text.remove_prefix(length + 1);
  }
  return true;
}

/// Whether a file of which `text` was read can be the beginning of an export.
auto may_be_begun(compression found, compression how, std::string_view text) -> bool {
  constexpr std::string_view beginning = R"({"eventcore":"log")";
  constexpr std::size_t telling = 4; // bytes say how a file is packed
  if (found != how)
    return found == compression::none && text.size() < telling;
  return beginning.starts_with(text.substr(0, beginning.size()));
}

} // namespace

auto read_partial(const std::filesystem::path& partial, compression how)
  -> result<std::optional<export_state>> {
  auto file = packed_file::open(partial);
  if (!file)
    return std::unexpected{std::move(file.error())};
  export_state good;
  export_state state;
  std::string text;
  std::string beginning; // as far as it is known
  for (;;) {
    const auto piece = file->read(text);
    if (beginning.empty()) {
      beginning = text.substr(0, 80);
      if (!may_be_begun(file->packed_as(), how, beginning))
        return fail(errc::invalid_argument,
                    fmt::format("{} is not the beginning of such an export; remove it, or name "
                                "another file",
                                partial.string()));
    }
    if (!piece && piece.error().code != errc::codec_failed)
      return std::unexpected{piece.error()};
    if (!piece || piece->end)
      break;
    // Packed parts end with a line; without packing each piece counts up to its last line.
    if (file->packed_as() != compression::none && !piece->part_ended)
      continue;
    const auto whole =
      file->packed_as() == compression::none ? text.rfind('\n') + 1 : text.size(); // 0: no line
    if (!take_lines(std::string_view{text}.substr(0, whole), state))
      break;
    text.erase(0, whole);
    state.size = piece->offset - text.size();
    good = state;
  }
  if (good.head.holds.empty())
    return std::nullopt;
  return good;
}

} // namespace eventcore::transfer
