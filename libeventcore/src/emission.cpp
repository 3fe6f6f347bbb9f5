#include "eventcore/emission.hpp"

#include "eventcore/maintenance.hpp"

#include <fmt/format.h>

namespace eventcore {

void emission::add(const stream_id& target, event_value value, result<> encoded,
                   std::string payload) {
  const auto& type = *value.type;
  const auto* entry = read_.find(target);
  if (!entry)
    return refuse({errc::invalid_argument,
                   fmt::format("event '{}' goes to stream '{}', which is not one of the command's "
                               "streams; make it a member of the command or discover it",
                               type.name, target)});
  if (!encoded)
    return refuse({errc::codec_failed, fmt::format("event '{}' for stream {} cannot be encoded: {}",
                                                   type.name, target, encoded.error().detail)});
  events_.push_back({.stream = entry->stream,
                     .id = ids_.next_event(now_),
                     .type = std::string{type.name},
                     .type_version = type.version,
                     .encoding = type.encoding,
                     .payload = std::move(payload)});
  if (keep_values_)
    values_.push_back(std::move(value));
}

void emission::close(const stream_id& target) {
  static constexpr event_type closing{.name = closed_event};
  add(target, {.type = &closing}, {}, "{}");
}

void emission::refuse(failure why) {
  if (!failed_)
    failed_ = std::move(why);
}

} // namespace eventcore
