#include "reader.hpp"

#include "eventcore/load.hpp"

#include <utility>

#include <caf/typed_event_based_actor.hpp>

namespace eventcore::actors {

void reader_state::take(const load_stream& asked) {
  std::vector<wanted_state> wanted;
  wanted.reserve(asked.views.size());
  for (const auto* view : asked.views)
    wanted.push_back({asked.stream, view});
  auto states = load_states(*node_->store, wanted);
  if (!states && states.error().code == errc::store_unavailable)
    note_store_failed(*node_, states.error());
  self->send(asked.to, stream_loaded{.number = asked.number, .states = std::move(states)});
}

auto reader(reader_actor::stateful_pointer<reader_state> self, shared_context node)
  -> reader_actor::behavior_type {
  self->state.begin(std::move(node));
  return {
    [self](const load_stream& asked) { self->state.take(asked); },
  };
}

} // namespace eventcore::actors
