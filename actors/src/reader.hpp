#pragma once

#include "messages.hpp"
#include "node_context.hpp"

#include <span>
#include <type_traits>
#include <vector>

#include <caf/stateful_actor.hpp>

namespace eventcore::actors {

/// Reads streams, page by page or from snapshots on, and folds them; reads checkpoints.
class reader_state {
public:
  static constexpr const char* name = "eventcore.reader";

  explicit reader_state(reader_actor::pointer ptr) : self{ptr} {}

  void begin(shared_context node) { node_ = std::move(node); }

  void take(const load_stream& asked);
  void take(const load_checkpoint& asked);

private:
  auto read(std::span<const wanted_state> wanted) -> result<std::vector<stream_state>>;

  reader_actor::pointer self;
  shared_context node_;
};

static_assert(!std::is_aggregate_v<reader_state>);

auto reader(reader_actor::stateful_pointer<reader_state> self, shared_context node)
  -> reader_actor::behavior_type;

} // namespace eventcore::actors
