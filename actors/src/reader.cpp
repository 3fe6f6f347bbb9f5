#include "reader.hpp"

#include "eventcore/load.hpp"

#include <exception>
#include <string>
#include <utility>

#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace eventcore::actors {

void reader_state::take(const load_stream& asked) {
  std::vector<wanted_state> wanted;
  wanted.reserve(asked.views.size());
  for (const auto* view : asked.views)
    wanted.push_back({asked.stream, view});
  auto states = read(wanted);
  if (!states && states.error().code == errc::store_unavailable)
    note_store_failed(*node_, states.error());
  self->send(asked.to, stream_loaded{.number = asked.number, .states = std::move(states)});
}

// A store does not throw; if one does all the same, or memory runs out, the stream cannot be had.
auto reader_state::read(std::span<const wanted_state> wanted) -> result<std::vector<stream_state>> {
  std::string what = "something that is no std::exception";
  try {
    return load_states(*node_->store, wanted, node_->snapshots.get());
  } catch (const std::exception& thrown) {
    what = thrown.what();
  } catch (...) {
  }
  return fail(errc::store_unavailable,
              fmt::format("reading stream {} threw: {}", wanted.front().stream, what));
}

void reader_state::take(const load_checkpoint& asked) {
  self->send(asked.to, checkpoint_loaded{asked.name, node_->store->load_checkpoint(asked.name)});
}

auto reader(reader_actor::stateful_pointer<reader_state> self, shared_context node)
  -> reader_actor::behavior_type {
  self->state.begin(std::move(node));
  return {
    [self](const load_stream& asked) { self->state.take(asked); },
    [self](const load_checkpoint& asked) { self->state.take(asked); },
  };
}

} // namespace eventcore::actors
