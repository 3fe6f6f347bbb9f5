#include "router.hpp"

#include "end_now.hpp"
#include "stream_owner.hpp"

#include <algorithm>
#include <utility>

#include <caf/typed_event_based_actor.hpp>

namespace eventcore::actors {

router_state::~router_state() {
  for (const auto& stream : streams_)
    end_now(stream.owner);
}

void router_state::begin(shared_context node) { node_ = std::move(node); }

// -- forwarding ---------------------------------------------------------------

void router_state::take(reserve& asked) {
  auto& stream = find_or_spawn(asked.stream);
  stream.used = self->clock().now();
  if (stream.retiring)
    stream.kept.push_back(std::move(asked));
  else
    self->send(stream.owner, std::move(asked));
  retire_some();
}

void router_state::take(withdraw& asked) {
  const auto known = by_id_.find(asked.stream.text());
  if (known == by_id_.end())
    return; // it ended, and with it the queue
  auto& stream = *known->second;
  if (stream.retiring)
    stream.withdrawn.push_back(std::move(asked));
  else
    self->send(stream.owner, std::move(asked));
}

void router_state::take(const settled_elsewhere& done) {
  if (const auto known = by_id_.find(done.stream.text()); known != by_id_.end())
    self->send(known->second->owner, done.what);
}

void router_state::take(load_stream& asked) {
  next_reader_ = (next_reader_ + 1) % readers_.size();
  self->send(readers_[next_reader_], std::move(asked));
}

void router_state::take(const partners& now) {
  coordinators_ = now.coordinators;
  readers_ = now.readers;
}

// What it asked for while a stream was retiring must not be granted later: nobody would end that.
void router_state::take(const coordinator_lost& lost) {
  for (auto& stream : streams_) {
    std::erase_if(stream.kept, [&](const reserve& one) { return one.from.id() == lost.id; });
    std::erase_if(stream.withdrawn, [&](const withdraw& one) { return one.from.id() == lost.id; });
    self->send(stream.owner, lost);
  }
}

void router_state::take(const reader_lost& lost) {
  for (const auto& stream : streams_)
    self->send(stream.owner, lost);
}

void router_state::take(const stop&) {
  stopping_ = true;
  for (const auto& stream : streams_)
    end_now(stream.owner);
  if (by_owner_.empty())
    self->quit();
}

// -- coming and going ---------------------------------------------------------

auto router_state::find_or_spawn(const stream_id& stream) -> active_stream& {
  if (const auto known = by_id_.find(stream.text()); known != by_id_.end()) {
    if (!known->second->retiring)
      streams_.splice(streams_.end(), streams_, known->second);
    return *known->second;
  }
  streams_.push_back({.id = stream, .owner = {}});
  auto& added = streams_.back();
  by_id_.emplace(added.id.text(), std::prev(streams_.end()));
  spawn_owner(added);
  sweep_later();
  return added;
}

void router_state::spawn_owner(active_stream& stream) {
  stream.owner = self->spawn<caf::monitored>(own_stream, stream.id, router_actor{self}, node_);
  by_owner_.emplace(stream.owner.id(), by_id_.at(stream.id.text()));
}

void router_state::retire_some() {
  const auto most = node_->settings.streams.max_active;
  for (auto one = streams_.begin(); streams_.size() - retiring_ > most && one != streams_.end();
       ++one)
    if (!one->retiring)
      ask_to_retire(*one);
}

void router_state::ask_to_retire(active_stream& stream) {
  stream.retiring = true;
  ++retiring_;
  self->send(stream.owner, retire{});
}

void router_state::take(const retired& answer) {
  const auto known = by_id_.find(answer.stream.text());
  if (stopping_ || known == by_id_.end() || !known->second->retiring)
    return;
  auto& stream = *known->second;
  stream.retiring = false;
  --retiring_;
  if (answer.gone) {
    self->demonitor(stream.owner.address());
    by_owner_.erase(stream.owner.id());
    if (stream.kept.empty())
      return forget(known->second);
    spawn_owner(stream);
  } else {
    stream.used = self->clock().now();
  }
  streams_.splice(streams_.end(), streams_, known->second);
  forward_kept(stream);
}

void router_state::forward_kept(active_stream& stream) {
  for (auto& asked : std::exchange(stream.kept, {}))
    self->send(stream.owner, std::move(asked));
  for (auto& asked : std::exchange(stream.withdrawn, {}))
    self->send(stream.owner, std::move(asked));
}

void router_state::forget(stream_list::iterator stream) {
  by_id_.erase(stream->id.text());
  streams_.erase(stream);
}

void router_state::lose(const caf::actor_addr& owner) {
  const auto known = by_owner_.find(owner.id());
  if (known == by_owner_.end())
    return;
  const auto stream = known->second;
  by_owner_.erase(known);
  if (stopping_) {
    if (by_owner_.empty())
      self->quit();
    return;
  }
  if (stream->retiring)
    --retiring_;
  node_->watching->on_restarted(stream_owner::name);
  for (const auto& coordinator : coordinators_)
    self->send(coordinator, stream_lost{stream->id});
  forget(stream);
}

void router_state::sweep_later() {
  if (std::exchange(sweeping_, true))
    return;
  const auto period =
    std::max(node_->settings.streams.idle_after / 4, std::chrono::milliseconds{1});
  self->delayed_send(self, period, sweep{});
}

void router_state::take(const sweep&) {
  sweeping_ = false;
  const auto before = self->clock().now() - node_->settings.streams.idle_after;
  for (auto& stream : streams_) {
    if (stream.retiring)
      continue;
    if (stream.used > before)
      break; // so are all behind it
    ask_to_retire(stream);
  }
  if (!streams_.empty())
    sweep_later();
}

auto router(router_actor::stateful_pointer<router_state> self, shared_context node)
  -> router_actor::behavior_type {
  self->state.begin(std::move(node));
  self->set_down_handler([self](caf::down_msg& down) { self->state.lose(down.source); });
  return {
    [self](reserve& asked) { self->state.take(asked); },
    [self](withdraw& asked) { self->state.take(asked); },
    [self](const settled_elsewhere& done) { self->state.take(done); },
    [self](load_stream& asked) { self->state.take(asked); },
    [self](const retired& answer) { self->state.take(answer); },
    [self](const sweep& now) { self->state.take(now); },
    [self](const partners& now) { self->state.take(now); },
    [self](const coordinator_lost& lost) { self->state.take(lost); },
    [self](const reader_lost& lost) { self->state.take(lost); },
    [self](const stop& now) { self->state.take(now); },
  };
}

} // namespace eventcore::actors
