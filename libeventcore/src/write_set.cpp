#include "eventcore/write_set.hpp"

#include "eventcore/detail/printable.hpp"
#include "eventcore/detail/utf8.hpp"
#include "eventcore/json.hpp"
#include "eventcore/maintenance.hpp"

#include <fmt/format.h>

namespace eventcore {

namespace {

template <class... Args>
auto refuse(fmt::format_string<Args...> text, Args&&... args) -> std::unexpected<failure> {
  return fail(errc::invalid_argument, fmt::format(text, std::forward<Args>(args)...));
}

auto is_plain_text(std::string_view text) -> bool {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80 || c == '\0')
      return text.find('\0') == std::string_view::npos && detail::is_utf8(text);
  return true;
}

auto validate_reads(const write_set& set, const limits& bounds) -> result<> {
  if (set.reads.size() > bounds.streams_per_write_set)
    return refuse("a command may read and write {} streams, this one has {}; split it",
                  bounds.streams_per_write_set, set.reads.size());
  const stream_id* previous = nullptr;
  for (const auto& [stream, head] : set.reads) {
    if (!stream.is_named())
      return refuse("a stream of the write set has no name; give every stream an id");
    if (previous && !(*previous < stream))
      return refuse("stream {} of the write set is doubled or out of order; each stream stands "
                    "once, ordered by id",
                    stream);
    if ((head.version.value == 0) != head.commit.is_nil())
      return refuse("the expectation of stream {} names version {} {} a commit id; version 0 goes "
                    "with none, every other with that of its last event",
                    stream, head.version.value, head.commit.is_nil() ? "without" : "with");
    previous = &stream;
  }
  return {};
}

auto validate_event(const new_event& event, const write_set& set, const limits& bounds)
  -> result<> {
  if (event.stream >= set.reads.size())
    return refuse("event '{}' goes to stream number {}, the write set has {}",
                  detail::printable(event.type), event.stream, set.reads.size());
  const auto& stream = set.reads[event.stream].stream;
  if (event.type.empty() || event.type.size() > 255 || !is_plain_text(event.type))
    return refuse("'{}' cannot be the type of an event of stream {}: a type is valid UTF-8 "
                  "without NUL, 1 to 255 bytes",
                  detail::printable(event.type), stream);
  if (event.type.front() == '$' && event.type != closed_event)
    return refuse("'{}' cannot be the type of an event of stream {}: types that begin with '$' are "
                  "reserved",
                  event.type, stream);
  if (event.encoding != encoding::json && event.encoding != encoding::bytes)
    return refuse("event '{}' of stream {} is to be written as JSON or as bytes", event.type,
                  stream);
  if (event.id.is_nil())
    return refuse("event '{}' of stream {} has no id", event.type, stream);
  if (event.payload.size() > bounds.payload_bytes)
    return refuse("the payload of event '{}' of stream {} has {} bytes, at most {} are allowed; "
                  "keep large data elsewhere and its address in the event",
                  event.type, stream, event.payload.size(), bounds.payload_bytes);
  if (event.encoding == encoding::json)
    if (const auto valid = validate_json(event.payload); !valid)
      return refuse("the payload of event '{}' of stream {} is not valid JSON: {}", event.type,
                    stream, valid.error().detail);
  return {};
}

auto validate_metadata(const metadata& value) -> result<> {
  if (!is_plain_text(value.actor))
    return refuse("the actor '{}' in the metadata is not valid UTF-8 without NUL",
                  detail::printable(value.actor));
  for (const auto& [name, text] : value.pairs)
    if (!is_plain_text(name) || !is_plain_text(text))
      return refuse("the pair '{}' in the metadata is not valid UTF-8 without NUL",
                    detail::printable(name));
  return {};
}

} // namespace

auto validate(const write_set& set, const limits& bounds) -> result<> {
  if (set.commit.is_nil())
    return refuse("the write set has no commit id; give every decision a new random one");
  if (set.events.size() > bounds.events_per_write_set)
    return refuse("a command may write {} events, this one has {}; split it",
                  bounds.events_per_write_set, set.events.size());
  if (set.effect == effect::answer && !set.events.empty())
    return refuse("an answer writes nothing, this one has {} events", set.events.size());
  if (auto valid = validate_reads(set, bounds); !valid)
    return valid;
  for (const auto& event : set.events)
    if (auto valid = validate_event(event, set, bounds); !valid)
      return valid;
  return validate_metadata(set.metadata);
}

} // namespace eventcore
