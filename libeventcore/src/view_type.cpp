#include "eventcore/view_type.hpp"

#include <exception>

#include <fmt/format.h>

namespace eventcore {

namespace {

auto at_event(const view_type& view, const recorded_event& event, errc code, std::string_view why)
  -> failure {
  return {code, fmt::format("event '{}' of stream {} at position {} (version {}) cannot be folded "
                            "into '{}': {}",
                            event.type, event.stream, event.position.value, event.version.value,
                            view.name, why)};
}

auto apply_caught(const view_type& view, void* state, const recorded_event& event) -> result<> {
  try {
    return view.apply(state, event);
  } catch (const std::exception& thrown) {
    return fail(errc::handler_failed, fmt::format("apply() threw: {}", thrown.what()));
  } catch (...) {
    return fail(errc::handler_failed, "apply() threw something that is no std::exception");
  }
}

} // namespace

auto fold(const view_type& view, const stream_page& page, void* state, stream_head& head)
  -> result<> {
  for (const auto& event : page.events) {
    if (event.version.value != head.version.value + 1)
      return fail(errc::store_corrupt,
                  fmt::format("stream {} has no version {}: after version {} the store gave {}; "
                              "check the store for damage and restore a backup",
                              event.stream, head.version.value + 1, head.version.value,
                              event.version.value));
    if (const auto applied = apply_caught(view, state, event); !applied)
      return std::unexpected{at_event(view, event, applied.error().code, applied.error().detail)};
    head = {event.version, event.commit};
  }
  return {};
}

} // namespace eventcore
