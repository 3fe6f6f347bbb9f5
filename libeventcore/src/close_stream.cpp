#include "eventcore/close_stream.hpp"

#include "eventcore/maintenance.hpp"

#include <fmt/format.h>

namespace eventcore::detail {

namespace {

/// Of any stream: what its last event says.
struct ending {
  bool is_closed = false;
};

constexpr view_type ending_view{
  .name = "ending",
  .kind = "",
  .create = &create_state<ending>,
  .apply = [](void* state, const recorded_event& event) -> result<> {
    static_cast<ending*>(state)->is_closed = event.type == closed_event;
    return {};
  },
  .apply_value = [](void*, const event_type&, const void*) { return false; },
  .clone = &clone_state<ending>};

auto stream_of(const void* command) -> const stream_id& {
  return static_cast<const close_stream*>(command)->which;
}

} // namespace

auto close_stream_functions::declare(const void* command, boundary& out) -> result<> {
  return out.add(stream_of(command), ending_view, false);
}

auto close_stream_functions::decide(const void* command, const boundary& read, const context&,
                                    emission& out) -> result<> {
  const auto& stream = stream_of(command);
  const auto& found = read.find(stream, ending_view)->state;
  if (found.head.version.value == 0)
    return fail(errc::rule_violated,
                fmt::format("stream {} has no events, so it cannot be closed", stream));
  if (!static_cast<const ending*>(found.value.get())->is_closed)
    out.close(stream);
  return {};
}

auto close_stream_functions::canonical_json(const void* command) -> result<std::string> {
  return try_canonical_json(stream_of(command));
}

} // namespace eventcore::detail
