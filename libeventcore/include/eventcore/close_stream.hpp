#pragma once

#include "eventcore/any_command.hpp"
#include "eventcore/stream_id.hpp"

namespace eventcore {

/// A command that closes any stream, whatever its kind, as `emit::close` does. One that is closed is
/// left as it is. Fails with `rule_violated` when the stream has no events.
struct close_stream {
  stream_id which;
};

namespace detail {

struct close_stream_functions {
  static auto declare(const void* command, boundary& out) -> result<>;
  static auto decide(const void* command, const boundary& read, const context& about, emission& out)
    -> result<>;
  static auto canonical_json(const void* command) -> result<std::string>;
};

template <>
inline constexpr command_type command_type_of<close_stream>{
  .name = "close_stream",
  .declare = &close_stream_functions::declare,
  .discover = nullptr,
  .decide = &close_stream_functions::decide,
  .canonical_json = &close_stream_functions::canonical_json};

} // namespace detail

} // namespace eventcore
