#pragma once

#include "eventcore/log_batch.hpp"
#include "eventcore/subscription.hpp"

#include <cstdint>
#include <functional>
#include <future>
#include <memory>

#include <caf/allowed_unsafe_message_type.hpp>

namespace eventcore {

namespace actors {
class hosted_subscription;
}

/// To an actor that subscribed: the next events, never without one. It is a request, and its answer
/// (of any type, or none) says that the batch is done with; an actor that needs longer answers with
/// a promise. An error in its place ends the subscription.
struct events_arrived {
  std::uint64_t subscription = 0; ///< `running_subscription::id`
  std::shared_ptr<const log_batch> batch;
};

/// To an actor that subscribed: its subscription has ended by a failure, such as `log_rewound`, or
/// `shutting_down` with its runtime. Nothing more comes.
struct subscription_ended {
  std::uint64_t subscription = 0;
  std::shared_ptr<const failure> why; ///< never null
};

/// Takes the events of a subscription, on a thread of the runtime that is only its own: it may take
/// its time. What it throws ends the subscription.
using batch_listener = std::function<void(const log_batch& batch)>;

/// A subscription that a runtime keeps. A handle, to be copied at will; all members may be called
/// from any thread, also when the subscription or its runtime has ended. It does not end with its
/// handles.
class running_subscription {
public:
  explicit running_subscription(std::shared_ptr<actors::hosted_subscription> hosted);

  /// Different from that of any other subscription of this program.
  auto id() const -> std::uint64_t;

  /// Ends it; batches that are on their way may still arrive.
  void close() const;

  /// All up to here was acknowledged, or taken by the listener: another subscription can go on after
  /// it.
  auto reached() const -> checkpoint;

  /// How it ended: as it should when it was closed or the actor that subscribed has ended; else by
  /// the failure.
  auto outcome() const -> std::shared_future<result<>>;

private:
  std::shared_ptr<actors::hosted_subscription> hosted_;
};

} // namespace eventcore

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::events_arrived)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::subscription_ended)
