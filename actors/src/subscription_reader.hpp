#pragma once

#include "hosted_subscription.hpp"
#include "messages.hpp"
#include "node_context.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <type_traits>

#include <caf/stateful_actor.hpp>

namespace eventcore::actors {

/// Reads the log for one subscriber, at most a window of batches ahead of what it acknowledged:
///
///     subscription                          subscriber
///         │── events_arrived (a request) ─────▶│
///         │── events_arrived ─────────────────▶│
///         │   the window is full: it reads nothing more
///         │◀─ answer ──────────────────────────│  that batch is done with
///         │── events_arrived ─────────────────▶│
class subscription_reader {
public:
  static constexpr const char* name = "eventcore.subscription";

  explicit subscription_reader(subscription_actor::pointer ptr) : self{ptr} {}

  void begin(std::shared_ptr<hosted_subscription> hosted, shared_context node);

  void take(const step& due);
  void take(const look&);
  void lose(const caf::down_msg& down);

private:
  struct outstanding {
    std::uint64_t number = 0;
    checkpoint through{};
    bool done = false;
  };

  void go_on();
  void read();
  void hand_over(log_batch batch);
  void call(const batch_listener& listener, const log_batch& batch);
  void send_to(const caf::actor& whom, log_batch batch);
  void acknowledge(std::uint64_t number);
  void store_failed(const failure& why);
  void end(result<> outcome);
  void step_soon();
  void step_after(std::chrono::milliseconds time);

  subscription_actor::pointer self;
  std::shared_ptr<hosted_subscription> hosted_;
  shared_context node_;
  std::deque<outstanding> outstanding_; // in the order of the log
  std::uint64_t last_ = 0;
  std::size_t unanswered_ = 0;
  std::uint64_t step_ = 0; ///< the number of the step that comes; others are outdated
  bool idle_ = false;      ///< none comes, or after a delay
  std::chrono::milliseconds backoff_{};
};

static_assert(!std::is_aggregate_v<subscription_reader>);

auto read_for_subscriber(subscription_actor::stateful_pointer<subscription_reader> self,
                         std::shared_ptr<hosted_subscription> hosted, shared_context node)
  -> subscription_actor::behavior_type;

} // namespace eventcore::actors
