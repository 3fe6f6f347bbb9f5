#pragma once

#include "hosted_projection.hpp"
#include "hosted_subscription.hpp"
#include "messages.hpp"
#include "node_context.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_addr.hpp>

namespace eventcore::actors {

/// The part of a node that spawns the actors of projections and subscriptions, and replaces those of
/// projections when they die.
class supervisor {
public:
  explicit supervisor(node_actor::pointer node) : self{node} {}

  void begin(shared_context node) { node_ = std::move(node); }

  void take(const host_projection& asked);
  void take(const host_subscription& asked);

  /// An actor ended: whether it was one of these.
  auto lose(const caf::down_msg& down) -> bool;

  /// Asks all to end, and gives those that have to.
  auto stop() -> std::vector<caf::actor_addr>;

  /// Ends them as they are.
  void end_now();

private:
  struct projection {
    std::shared_ptr<hosted_projection> what;
    projection_actor runner;
    std::uint32_t deaths = 0;
  };
  struct subscription {
    std::shared_ptr<hosted_subscription> what;
    subscription_actor reader;
  };

  void lose(const projection& gone, const std::string& why);
  void lose(const subscription& gone, const std::string& why);

  node_actor::pointer self;
  shared_context node_;
  std::vector<projection> projections_;
  std::vector<subscription> subscriptions_;
  bool stopping_ = false;
};

} // namespace eventcore::actors
