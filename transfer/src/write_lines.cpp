#include "write_lines.hpp"

#include "line_shapes.hpp"

#include "eventcore/json.hpp"
#include "eventcore/json/times.hpp"
#include "eventcore/json/writer.hpp"
#include "eventcore/transfer/base64.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace eventcore::transfer {

namespace {

template <class Shape>
void append_shape(const Shape& shape, std::string& out) {
  eventcore::append_json(shape, out);
  out += '\n';
}

void append_number(std::string_view name, std::uint64_t value, std::string& out) {
  out += name;
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

constexpr std::string_view hex = "0123456789abcdef";

void append_id(std::string_view name, const uuid_bytes& id, std::string& out) {
  out += name;
  std::array<char, 36> text;
  std::size_t at = 0;
  for (const auto byte : id) {
    if (at == 8 || at == 13 || at == 18 || at == 23)
      text[at++] = '-';
    text[at++] = hex[byte >> 4];
    text[at++] = hex[byte & 15];
  }
  out.append(text.data(), text.size());
}

auto hex_of(const command_digest& digest) -> std::string {
  std::string text;
  for (const auto byte : digest) {
    text += hex[byte >> 4];
    text += hex[byte & 15];
  }
  return text;
}

} // namespace

void append_line(const header& line, std::string& out) {
  if (line.holds == log_format)
    append_shape(log_header_shape{.eventcore = line.holds,
                                  .format = format_version,
                                  .head = {.position = line.head.position.value,
                                           .commit = line.head.commit,
                                           .recorded_at = line.head.recorded_at}},
                 out);
  else
    append_shape(archive_header_shape{.eventcore = line.holds,
                                      .format = format_version,
                                      .name = line.name,
                                      .made_at = line.made_at},
                 out);
}

void append_line(const archive_entry& line, std::string& out) {
  append_shape(
    archive_shape{.archive = line.file, .checksum = line.checksum, .made_at = line.made_at}, out);
}

void append_line(const stream_line& line, std::string& out) {
  append_shape(stream_shape{.stream = line.id,
                            .version = line.head.version.value,
                            .commit = line.head.commit,
                            .events = line.events},
               out);
}

void append_line(const recorded_request& line, std::string& out) {
  request_shape shape{.request = line.id.text(),
                      .digest = hex_of(line.digest),
                      .commit = line.done.commit,
                      .first = line.done.first.value,
                      .count = line.done.count,
                      .recorded_at = line.recorded_at};
  for (const auto& written : line.done.streams)
    shape.streams[written.stream.text()] = written.version.value;
  append_shape(shape, out);
}

void append_line(const trailer& line, std::string& out) {
  append_shape(
    trailer_shape{{.events = line.events, .requests = line.requests, .checksum = line.checksum}},
    out);
}

auto event_lines::append(const recorded_event& event, std::string& out) -> result<> {
  append_number("{\"position\":", event.position.value, out);
  out += ",\"stream\":";
  bool good = append_json_string(event.stream, out);
  append_number(",\"version\":", event.version.value, out);
  append_id(",\"commit\":\"", event.commit.bytes, out);
  append_id("\",\"id\":\"", event.id.bytes, out);
  out += "\",\"type\":";
  good = append_json_string(event.type, out) && good;
  append_number(",\"type_version\":", event.type_version, out);
  out += ",\"recorded_at\":";
  append_time(event.recorded_at, out);
  auto done = good ? result<>{} : fail(errc::store_corrupt, "a text that is not UTF-8");
  if (done && !event.metadata_json.empty())
    done = append_json(",\"metadata\":", event.metadata_json, out);
  if (done)
    done = append_payload(event, out);
  if (!done)
    return fail(errc::store_corrupt,
                fmt::format("the event at position {} cannot be written: {}; look for damage and "
                            "restore a backup",
                            event.position.value, done.error().detail));
  out += "}\n";
  return {};
}

auto event_lines::append_payload(const recorded_event& event, std::string& out) -> result<> {
  switch (event.encoding) {
  case encoding::json:
    return append_json(",\"payload\":", event.payload, out);
  case encoding::bytes:
    out += ",\"payload_base64\":\"";
    append_base64(event.payload, out);
    out += '"';
    return {};
  case encoding::archived:
    break;
  }
  out += ",\"archived\":";
  if (!append_json_string(event.payload, out))
    return fail(errc::store_corrupt, "the name of its archive is not UTF-8");
  return {};
}

auto event_lines::append_json(std::string_view name, std::string_view json, std::string& out)
  -> result<> {
  out += name;
  if (form_ == json_form::canonical)
    return canonicaliser_.append(json, out);
  if (auto valid = validate_json(json); !valid)
    return valid;
  const auto begin = out.size();
  out += json;
  // Between values only: within strings they are escaped.
  std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '\n', ' ');
  return {};
}

void event_lines::append_time(timestamp at, std::string& out) {
  if (at != last_time_ || last_time_text_.empty()) {
    last_time_text_.clear();
    json_writer text{last_time_text_};
    json_format<timestamp>::write(text, at);
    text.finish();
    last_time_ = at;
  }
  out += last_time_text_;
}

} // namespace eventcore::transfer
