#include "event_text.hpp"

#include "json_line.hpp"

#include <eventcore/json.hpp>
#include <eventcore/transfer/base64.hpp>

#include <utility>

namespace tool {

namespace {

auto base64(std::string_view bytes) -> std::string {
  std::string text;
  ec::transfer::append_base64(bytes, text);
  return text;
}

/// JSON without white space outside of its strings, so in one line and the same from each store.
auto compact(std::string_view json) -> std::string {
  std::string line;
  line.reserve(json.size());
  bool quoted = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (quoted && c == '\\' && at + 1 < json.size())
      line += json[at++];
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == ' ' || c == '\n' || c == '\r' || c == '\t'))
      continue;
    line += json[at];
  }
  return line;
}

void add_payload(json_line& line, const ec::recorded_event& event) {
  switch (event.encoding) {
  case ec::encoding::archived:
    line.text("archived", event.payload);
    return;
  case ec::encoding::json:
    if (ec::validate_json(event.payload)) {
      line.raw("payload", compact(event.payload));
      return;
    }
    [[fallthrough]]; // damaged: shown all the same
  case ec::encoding::bytes:
    line.text("payload_base64", base64(event.payload));
  }
}

auto payload_text(const ec::recorded_event& event) -> std::string {
  switch (event.encoding) {
  case ec::encoding::archived:
    return fmt::format("in the archive {}", event.payload);
  case ec::encoding::json:
    return compact(event.payload);
  case ec::encoding::bytes:
    return fmt::format("base64:{}", base64(event.payload));
  }
  return {};
}

auto type_text(const ec::recorded_event& event) -> std::string {
  return event.type_version == 1 ? std::string{event.type}
                                 : fmt::format("{} v{}", event.type, event.type_version);
}

auto columns_of(event_printer::from where) -> std::vector<table::column> {
  using enum table::align;
  if (where == event_printer::from::stream)
    return {{"VERSION", right}, {"POSITION", right}, {"RECORDED AT"}, {"TYPE"}, {"PAYLOAD"}};
  return {{"POSITION", right}, {"RECORDED AT"}, {"STREAM"},
          {"VERSION", right},  {"TYPE"},        {"PAYLOAD"}};
}

} // namespace

auto event_json(const ec::recorded_event& event) -> std::string {
  json_line line;
  line.number("position", event.position.value)
    .text("stream", event.stream)
    .number("version", event.version.value)
    .text("commit", event.commit.text())
    .text("id", event.id.text())
    .text("type", event.type)
    .number("type_version", event.type_version)
    .time("recorded_at", event.recorded_at);
  if (ec::validate_json(event.metadata_json))
    line.raw("metadata", compact(event.metadata_json));
  else if (!event.metadata_json.empty())
    line.text("metadata_base64", base64(event.metadata_json));
  add_payload(line, event);
  return line.done();
}

event_printer::event_printer(session& here, from where)
    : out_{here.out()}, json_{here.json()}, where_{where}, rows_{here.out(), columns_of(where)} {}

void event_printer::print(const ec::recorded_event& event) {
  if (json_)
    return out_.line(event_json(event));
  auto version = fmt::format("{}", event.version.value);
  auto position = fmt::format("{}", event.position.value);
  if (where_ == from::stream)
    rows_.row({std::move(version), std::move(position), time_text(event.recorded_at),
               type_text(event), payload_text(event)});
  else
    rows_.row({std::move(position), time_text(event.recorded_at), std::string{event.stream},
               std::move(version), type_text(event), payload_text(event)});
}

} // namespace tool
