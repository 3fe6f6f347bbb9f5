#include "node.hpp"

#include "awaiter.hpp"
#include "coordinator.hpp"
#include "end_now.hpp"
#include "log_writer.hpp"
#include "logging.hpp"
#include "reader.hpp"
#include "request_keeper.hpp"
#include "router.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace eventcore::actors {

node_state::~node_state() {
  for (const auto& coordinator : there_.coordinators)
    end_now(coordinator);
  if (there_.log_writer)
    end_now(there_.log_writer);
  for (const auto& one : there_.readers)
    end_now(one);
  if (there_.router)
    end_now(there_.router);
  if (there_.awaiter)
    end_now(there_.awaiter);
  if (request_keeper_)
    end_now(request_keeper_);
  followers_.end_now();
}

void node_state::begin(shared_context node) {
  node_ = std::move(node);
  followers_.begin(node_);
  there_.awaiter = spawn_awaiter();
  there_.log_writer = spawn_log_writer();
  there_.router = spawn_router();
  for (std::size_t i = 0; i < node_->settings.readers; ++i)
    there_.readers.push_back(spawn_reader());
  auto coordinators = node_->settings.coordinators;
  if (coordinators == 0)
    coordinators = std::max<std::size_t>(self->system().scheduler().num_workers(), 1);
  for (std::size_t i = 0; i < coordinators; ++i)
    there_.coordinators.push_back(spawn_coordinator());
  introduce();
  if (node_->settings.requests.keep.count() > 0)
    request_keeper_ = spawn_request_keeper();
}

// -- who there is -------------------------------------------------------------

auto node_state::spawn_log_writer() -> log_writer_actor {
  return node_->threads ? self->spawn<caf::monitored + caf::detached>(log_writer, node_)
                        : self->spawn<caf::monitored>(log_writer, node_);
}

auto node_state::spawn_reader() -> reader_actor {
  return node_->threads ? self->spawn<caf::monitored + caf::detached>(reader, node_)
                        : self->spawn<caf::monitored>(reader, node_);
}

auto node_state::spawn_router() -> router_actor {
  return self->spawn<caf::monitored>(router, node_);
}

auto node_state::spawn_coordinator() -> coordinator_actor {
  return self->spawn<caf::monitored>(coordinator, there_.router, there_.log_writer, node_);
}

auto node_state::spawn_awaiter() -> awaiter_actor {
  return self->spawn<caf::monitored>(awaiter, node_);
}

auto node_state::spawn_request_keeper() -> request_keeper_actor {
  return node_->threads ? self->spawn<caf::monitored + caf::detached>(request_keeper, node_)
                        : self->spawn<caf::monitored>(request_keeper, node_);
}

void node_state::introduce() {
  self->send(there_.router, there_);
  self->send(there_.awaiter, there_);
  for (const auto& coordinator : there_.coordinators)
    self->send(coordinator, there_);
}

void node_state::lose(const caf::down_msg& down) {
  if (stopping_) {
    ended_.push_back(down.source);
    std::erase(ending_, down.source);
    static_cast<void>(followers_.lose(down));
    return go_on_stopping();
  }
  if (followers_.lose(down))
    return;
  const auto replaced = [&](std::string_view actor) {
    log_restarted(*node_->log, actor, self->system().render(down.reason));
    node_->watching->on_restarted(actor);
  };
  const auto is_it = [&](const auto& one) { return one.address() == down.source; };
  if (is_it(there_.log_writer)) {
    replaced(log_writer_state::name);
    there_.log_writer = spawn_log_writer();
  } else if (is_it(there_.router)) {
    replaced(router_state::name);
    there_.router = spawn_router();
  } else if (is_it(there_.awaiter)) {
    replaced(awaiter_state::name);
    there_.awaiter = spawn_awaiter();
  } else if (request_keeper_ && is_it(request_keeper_)) {
    replaced(request_keeper_state::name);
    request_keeper_ = spawn_request_keeper();
    return;
  } else if (const auto lost = std::ranges::find_if(there_.readers, is_it);
             lost != there_.readers.end()) {
    replaced(reader_state::name);
    *lost = spawn_reader();
    self->send(there_.router, there_);
    self->send(there_.awaiter, there_);
    self->send(there_.router, reader_lost{});
    return;
  } else if (const auto gone = std::ranges::find_if(there_.coordinators, is_it);
             gone != there_.coordinators.end()) {
    replaced(coordinator_state::name);
    *gone = spawn_coordinator();
    self->send(*gone, there_);
    self->send(there_.router, there_);
    self->send(there_.router, coordinator_lost{down.source.id()});
    return;
  }
  introduce();
}

// -- commands -----------------------------------------------------------------

auto node_state::next_coordinator() -> const coordinator_actor& {
  next_ = (next_ + 1) % there_.coordinators.size();
  return there_.coordinators[next_];
}

auto node_state::take(execute_command& asked) -> caf::delegated<executed> {
  return self->delegate(next_coordinator(), std::move(asked));
}

void node_state::take(run_command& asked) { self->send(next_coordinator(), std::move(asked)); }

// -- stopping -----------------------------------------------------------------

void node_state::take(stop& asked) {
  stop_ = std::move(asked);
  stopping_ = true;
  for (const auto& coordinator : there_.coordinators) {
    await_end_of(coordinator.address());
    end_now(coordinator);
  }
  for (const auto& follower : followers_.stop())
    await_end_of(follower);
}

// Any of them may die by itself meanwhile.
void node_state::await_end_of(const caf::actor_addr& whom) {
  if (std::ranges::find(ended_, whom) == ended_.end())
    ending_.push_back(whom);
}

void node_state::go_on_stopping() {
  if (ending_.empty() && !std::exchange(last_step_, true))
    end_the_rest();
  if (!ending_.empty())
    return;
  there_ = {};
  request_keeper_ = request_keeper_actor{};
  stop_ = {};
  self->quit();
}

void node_state::end_the_rest() {
  await_end_of(there_.log_writer.address());
  end_now(there_.log_writer);
  await_end_of(there_.router.address());
  self->send(there_.router, stop{});
  await_end_of(there_.awaiter.address());
  end_now(there_.awaiter);
  if (request_keeper_) {
    await_end_of(request_keeper_.address());
    end_now(request_keeper_);
  }
  for (const auto& one : there_.readers) {
    await_end_of(one.address());
    end_now(one);
  }
}

auto node(node_actor::stateful_pointer<node_state> self, shared_context context)
  -> node_actor::behavior_type {
  self->state.begin(std::move(context));
  self->set_down_handler([self](caf::down_msg& down) { self->state.lose(down); });
  return {
    [self](run_command& asked) { self->state.take(asked); },
    [self](const host_projection& asked) { self->state.take(asked); },
    [self](const host_subscription& asked) { self->state.take(asked); },
    [self](stop& now) { self->state.take(now); },
    [self](execute_command& asked) { return self->state.take(asked); },
  };
}

} // namespace eventcore::actors
