#pragma once

#include "messages.hpp"
#include "node_context.hpp"
#include "supervisor.hpp"

#include <cstddef>
#include <type_traits>
#include <vector>

#include <caf/stateful_actor.hpp>

namespace eventcore::actors {

/// Spawns all other actors of a runtime, replaces those that die and tells the others. It ends them
/// in order: those who take commands and those who follow the log, then those who write and read,
/// then the streams.
class node_state {
public:
  static constexpr const char* name = "eventcore.node";

  explicit node_state(node_actor::pointer ptr) : self{ptr}, followers_{ptr} {}
  ~node_state();

  void begin(shared_context node);

  auto take(execute_command& asked) -> caf::delegated<executed>;
  void take(run_command& asked);
  void take(const host_projection& asked) { followers_.take(asked); }
  void take(const host_subscription& asked) { followers_.take(asked); }
  void take(stop& asked);
  void lose(const caf::down_msg& down);

private:
  auto next_coordinator() -> const coordinator_actor&;
  auto spawn_log_writer() -> log_writer_actor;
  auto spawn_reader() -> reader_actor;
  auto spawn_router() -> router_actor;
  auto spawn_coordinator() -> coordinator_actor;
  auto spawn_awaiter() -> awaiter_actor;
  auto spawn_request_keeper() -> request_keeper_actor;
  void introduce();
  void go_on_stopping();
  void await_end_of(const caf::actor_addr& whom);
  void end_the_rest();

  node_actor::pointer self;
  shared_context node_;
  partners there_;
  request_keeper_actor request_keeper_; ///< invalid when requests are kept for ever
  supervisor followers_;
  std::size_t next_ = 0;
  bool stopping_ = false;
  std::vector<caf::actor_addr> ended_;  ///< since then
  std::vector<caf::actor_addr> ending_; ///< who has still to end before the next step
  bool last_step_ = false;
  stop stop_;
};

static_assert(!std::is_aggregate_v<node_state>);

auto node(node_actor::stateful_pointer<node_state> self, shared_context context)
  -> node_actor::behavior_type;

} // namespace eventcore::actors
