#include "eventcore/event_info.hpp"

#include <fmt/format.h>

namespace eventcore {

auto event_info::key() const -> std::string_view {
  const auto kind = kind_of(stream);
  return kind.empty() ? stream : stream.substr(kind.size() + 1);
}

auto event_info::metadata() const -> result<eventcore::metadata> {
  auto read = parse_metadata(metadata_json);
  if (!read)
    return fail(errc::codec_failed,
                fmt::format("the metadata of the event at position {} of stream {} cannot be read: "
                            "{}",
                            position.value, stream, read.error().detail));
  return read;
}

auto info_of(const recorded_event& event) -> event_info {
  return {.position = event.position,
          .version = event.version,
          .stream = event.stream,
          .commit = event.commit,
          .id = event.id,
          .recorded_at = event.recorded_at,
          .metadata_json = event.metadata_json};
}

} // namespace eventcore
