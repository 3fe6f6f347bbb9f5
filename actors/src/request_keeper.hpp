#pragma once

#include "messages.hpp"
#include "node_context.hpp"

#include <chrono>
#include <type_traits>

#include <caf/stateful_actor.hpp>

namespace eventcore::actors {

/// Forgets requests that are older than `eventcore.requests.keep`, a few at a time, on a thread of
/// its own: when the runtime starts, and now and then. Others have the store for most of the time.
class request_keeper_state {
public:
  static constexpr const char* name = "eventcore.request-keeper";

  explicit request_keeper_state(request_keeper_actor::pointer ptr) : self{ptr} {}

  void begin(shared_context node);

  void take(const sweep&);

private:
  auto forget_some() -> result<std::uint64_t>;
  void sweep_after(std::chrono::nanoseconds time);

  request_keeper_actor::pointer self;
  shared_context node_;
  std::uint64_t forgotten_ = 0; ///< in this round
};

static_assert(!std::is_aggregate_v<request_keeper_state>);

auto request_keeper(request_keeper_actor::stateful_pointer<request_keeper_state> self,
                    shared_context node) -> request_keeper_actor::behavior_type;

} // namespace eventcore::actors
