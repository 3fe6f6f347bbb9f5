#include "read_lines.hpp"

#include "line_shapes.hpp"

#include <charconv>

#include <fmt/format.h>

namespace eventcore::transfer {

namespace {

auto refuse(std::string text) -> std::unexpected<failure> {
  return fail(errc::codec_failed, std::move(text));
}

/// What `from_json` gives, its path without the name of our own type.
template <class Shape>
auto read_shape(std::string_view line) -> result<Shape> {
  json_reader in{line};
  Shape shape;
  if (json_format<Shape>::read(in, shape) && in.at_end())
    return shape;
  return std::unexpected{in.take_failure("")};
}

auto read_digest(std::string_view text) -> result<command_digest> {
  command_digest digest{};
  if (text.size() != 2 * digest.size())
    return refuse(".digest: it is not 32 hexadecimal digits");
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const auto* first = text.data() + 2 * i;
    if (std::from_chars(first, first + 2, digest[i], 16).ptr != first + 2)
      return refuse(".digest: it is not 32 hexadecimal digits");
  }
  return digest;
}

template <class Shape>
auto read_header_shape(std::string_view line) -> result<Shape> {
  auto shape = read_shape<Shape>(line);
  if (!shape)
    shape.error().detail = fmt::format("the header cannot be read: {}", shape.error().detail);
  return shape;
}

} // namespace

auto kind_of_line(std::string_view line) -> line_kind {
  if (line.starts_with(R"({"position":)"))
    return line_kind::event;
  if (line.starts_with(R"({"request":)"))
    return line_kind::request;
  if (line.starts_with(R"({"stream":)"))
    return line_kind::stream;
  if (line.starts_with(R"({"archive":)"))
    return line_kind::archive;
  if (line.starts_with(R"({"end":)"))
    return line_kind::end;
  if (line.starts_with(R"({"eventcore":)"))
    return line_kind::header;
  return line_kind::unknown;
}

auto read_header(std::string_view line, std::string_view holds) -> result<header> {
  const auto any = read_shape<any_header_shape>(line);
  if (!any)
    return refuse("this is no file that eventcore wrote; name one that `eventcore export` or "
                  "`eventcore archive` made");
  if (any->eventcore != holds)
    return refuse(any->eventcore == archive_format
                    ? "this is an archive, not an export; `eventcore restore` reads it"
                  : any->eventcore == log_format
                    ? "this is an export, not an archive; `eventcore import` reads it"
                    : "this is a file of another kind; use a newer version of eventcore");
  if (any->format != format_version)
    return refuse(fmt::format("this file has format {}, this program reads format {}; use a newer "
                              "version of eventcore",
                              any->format, format_version));
  if (holds == archive_format) {
    auto shape = read_header_shape<archive_header_shape>(line);
    if (!shape)
      return std::unexpected{std::move(shape.error())};
    return header{
      .holds = shape->eventcore, .name = std::move(shape->name), .made_at = shape->made_at};
  }
  const auto shape = read_header_shape<log_header_shape>(line);
  if (!shape)
    return std::unexpected{shape.error()};
  return header{.holds = shape->eventcore,
                .head = {.position = {shape->head.position},
                         .commit = shape->head.commit,
                         .recorded_at = shape->head.recorded_at}};
}

auto read_archive(std::string_view line) -> result<archive_entry> {
  auto shape = read_shape<archive_shape>(line);
  if (!shape)
    return std::unexpected{std::move(shape.error())};
  if (shape->archive.empty())
    return refuse(".archive: it is empty");
  return archive_entry{.file = std::move(shape->archive),
                       .checksum = std::move(shape->checksum),
                       .made_at = shape->made_at};
}

auto read_stream(std::string_view line) -> result<stream_line> {
  auto shape = read_shape<stream_shape>(line);
  if (!shape)
    return std::unexpected{std::move(shape.error())};
  return stream_line{.id = std::move(shape->stream),
                     .head = {.version = {shape->version}, .commit = shape->commit},
                     .events = shape->events};
}

auto read_request(std::string_view line) -> result<recorded_request> {
  const auto shape = read_shape<request_shape>(line);
  if (!shape)
    return std::unexpected{shape.error()};
  auto id = request_id::of(shape->request);
  if (!id)
    return std::unexpected{std::move(id.error())};
  const auto digest = read_digest(shape->digest);
  if (!digest)
    return std::unexpected{digest.error()};
  committed done{.commit = shape->commit, .first = {.value = shape->first}, .count = shape->count};
  for (const auto& [stream, version] : shape->streams) {
    auto named = stream_id::of(stream);
    if (!named)
      return std::unexpected{std::move(named.error())};
    done.streams.push_back({.stream = std::move(*named), .version = {version}});
  }
  return recorded_request{.id = std::move(*id),
                          .digest = *digest,
                          .done = std::move(done),
                          .recorded_at = shape->recorded_at};
}

auto read_trailer(std::string_view line) -> result<trailer> {
  auto shape = read_shape<trailer_shape>(line);
  if (!shape)
    return std::unexpected{std::move(shape.error())};
  return trailer{.events = shape->end.events,
                 .requests = shape->end.requests,
                 .checksum = std::move(shape->end.checksum)};
}

} // namespace eventcore::transfer
