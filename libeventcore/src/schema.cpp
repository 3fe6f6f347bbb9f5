#include "eventcore/schema.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace eventcore {

namespace {

auto line_of(const event_schema& event) -> std::string {
  return fmt::format("  event {}, version {}{}{}\n", event.name, event.version,
                     event.aliases.empty() ? "" : ", formerly ", fmt::join(event.aliases, ", "));
}

auto versions_of(const upcaster_schema& one) -> std::string {
  return one.version == 0 ? "all versions" : fmt::format("version {}", one.version);
}

auto line_of(const upcaster_schema& one) -> std::string {
  switch (one.does) {
  case upcast::step:
    return fmt::format("  {} version {} becomes version {}\n", one.type, one.version,
                       one.version + 1);
  case upcast::split:
    return fmt::format("  {} version {} is split\n", one.type, one.version);
  case upcast::drop:
    return fmt::format("  {} {} is dropped\n", one.type, versions_of(one));
  }
  return {};
}

auto name_of(upcast does) -> std::string_view {
  switch (does) {
  case upcast::step:
    return "step";
  case upcast::split:
    return "split";
  case upcast::drop:
    return "drop";
  }
  return {};
}

void write(json_writer& out, std::string_view name, std::string_view text) {
  out.string(name);
  out.colon();
  out.string(text);
  out.comma();
}

void write(json_writer& out, std::string_view name, std::uint32_t number) {
  out.string(name);
  out.colon();
  out.integer(number);
  out.comma();
}

template <class List, class Write>
void write_list(json_writer& out, std::string_view name, const List& list, Write write_one) {
  out.string(name);
  out.colon();
  out.open_array();
  for (const auto& one : list) {
    write_one(one);
    out.comma();
  }
  out.close_array();
  out.comma();
}

void write(json_writer& out, const shape_place& place) {
  out.open_object();
  write(out, "path", place.path);
  write(out, "type", place.type);
  if (place.optional) {
    out.raw("\"optional\":true");
    out.comma();
  }
  if (place.has_default) {
    out.raw("\"default\":");
    out.raw(place.default_json);
    out.comma();
  }
  out.close_object();
}

void write(json_writer& out, const event_schema& event) {
  out.open_object();
  write(out, "name", event.name);
  write(out, "version", event.version);
  write_list(out, "aliases", event.aliases, [&](const auto& alias) { out.string(alias); });
  write_list(out, "places", event.places, [&](const auto& place) { write(out, place); });
  out.close_object();
}

void write(json_writer& out, const upcaster_schema& one) {
  out.open_object();
  write(out, "type", one.type);
  if (one.version != 0)
    write(out, "version", one.version);
  write(out, "does", name_of(one.does));
  out.close_object();
}

void write(json_writer& out, const kind_schema& kind) {
  out.open_object();
  write(out, "name", kind.name);
  write_list(out, "events", kind.events, [&](const auto& event) { write(out, event); });
  write_list(out, "upcasters", kind.upcasters, [&](const auto& one) { write(out, one); });
  out.close_object();
}

} // namespace

auto stored_schema::text() const -> std::string {
  std::string text;
  for (const auto& kind : kinds) {
    text += fmt::format("kind {}\n", kind.name);
    for (const auto& event : kind.events) {
      text += line_of(event);
      for (const auto& place : event.places)
        text += fmt::format("    {}\n", to_text(place));
    }
    for (const auto& one : kind.upcasters)
      text += line_of(one);
  }
  return text;
}

auto stored_schema::json() const -> std::string {
  std::string text;
  json_writer out{text};
  out.open_object();
  write_list(out, "kinds", kinds, [&](const auto& kind) { write(out, kind); });
  out.close_object();
  out.finish();
  return text;
}

} // namespace eventcore
