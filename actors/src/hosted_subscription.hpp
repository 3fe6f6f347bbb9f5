#pragma once

#include "handles.hpp"

#include "eventcore/actors/subscriptions.hpp"

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>

#include <caf/actor.hpp>
#include <caf/typed_actor.hpp>

namespace eventcore::actors {

/// Who takes the events: an actor, or code that is called.
using subscriber = std::variant<caf::actor, batch_listener>;

/// What all handles of one subscription share with the actor that reads for it. Thread-safe.
class hosted_subscription {
public:
  hosted_subscription(subscription opened, subscriber whom, std::size_t window);

  auto id() const -> std::uint64_t { return id_; }
  auto window() const -> std::size_t { return window_; }

  // -- by the actor ---------------------------------------------------------

  auto whom() const -> const subscriber& { return whom_; }
  auto log() -> subscription& { return log_; } ///< the actor's alone

  void attach(subscription_actor reader);
  void reach(const checkpoint& at);

  /// How it was asked to end, if it was.
  auto asked_to_end() const -> std::optional<result<>>;

  /// It is over. Does nothing the second time.
  void finish(result<> outcome);

  auto is_over() const -> bool;

  // -- by anyone ------------------------------------------------------------

  void end(result<> outcome);
  void wake() const;
  auto reached() const -> checkpoint;
  auto outcome() const -> std::shared_future<result<>> { return outcome_; }

private:
  const std::uint64_t id_;
  const std::size_t window_;
  const subscriber whom_;
  subscription log_;
  std::promise<result<>> promise_;
  const std::shared_future<result<>> outcome_ = promise_.get_future().share();

  mutable std::mutex mutex_; // for what follows
  subscription_actor reader_;
  checkpoint reached_;
  std::optional<result<>> ending_;
  bool over_ = false;
};

} // namespace eventcore::actors
