#pragma once

#include "messages.hpp"
#include "node_context.hpp"

#include <cstddef>
#include <list>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include <caf/stateful_actor.hpp>

namespace eventcore::actors {

/// Knows the owner of each stream that is active. All that a coordinator asks of a stream comes
/// through here, so that a stream can be let go without losing any of it:
///
///     router                        stream
///       │── retire ───────────────────▶│  what comes for it meanwhile is kept here
///       │◀── retired{gone = true} ─────│  it has ended: a new owner gets what was kept
///       │◀── retired{gone = false} ────│  it is needed: it gets what was kept
class router_state {
public:
  static constexpr const char* name = "eventcore.router";

  explicit router_state(router_actor::pointer ptr) : self{ptr} {}
  ~router_state();

  void begin(shared_context node);

  void take(reserve& asked);
  void take(withdraw& asked);
  void take(const settled_elsewhere& done);
  void take(load_stream& asked);
  void take(const retired& answer);
  void take(const sweep&);
  void take(const partners& now);
  void take(const coordinator_lost& lost);
  void take(const reader_lost& lost);
  void take(const stop&);
  void lose(const caf::actor_addr& owner);

private:
  struct active_stream {
    stream_id id;
    stream_actor owner;
    steady_time used{};
    bool retiring = false;
    std::vector<reserve> kept{}; ///< that came while it was retiring
    std::vector<withdraw> withdrawn{};
  };
  using stream_list = std::list<active_stream>; // the longest unused first

  auto find_or_spawn(const stream_id& stream) -> active_stream&;
  void spawn_owner(active_stream& stream);
  void retire_some();
  void ask_to_retire(active_stream& stream);
  void forward_kept(active_stream& stream);
  void forget(stream_list::iterator stream);
  void sweep_later();

  router_actor::pointer self;
  shared_context node_;
  stream_list streams_;
  std::unordered_map<std::string_view, stream_list::iterator> by_id_; // names point into the list
  std::unordered_map<caf::actor_id, stream_list::iterator> by_owner_;
  std::size_t retiring_ = 0;
  std::vector<coordinator_actor> coordinators_;
  std::vector<reader_actor> readers_;
  std::size_t next_reader_ = 0;
  bool sweeping_ = false; ///< a sweep will come
  bool stopping_ = false;
};

static_assert(!std::is_aggregate_v<router_state>);

auto router(router_actor::stateful_pointer<router_state> self, shared_context node)
  -> router_actor::behavior_type;

} // namespace eventcore::actors
