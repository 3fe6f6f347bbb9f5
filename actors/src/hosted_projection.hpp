#pragma once

#include "handles.hpp"

#include "eventcore/applier.hpp"
#include "eventcore/event_store.hpp"
#include "eventcore/projection_host.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <caf/typed_actor.hpp>

namespace eventcore::actors {

/// What all handles of one projection share with the actor that runs it, which may die and be
/// replaced. Thread-safe.
class hosted_projection {
public:
  /// `store` is asked about what another program leads.
  hosted_projection(std::shared_ptr<applier> into, projection_options options,
                    const std::shared_ptr<event_store>& store);

  auto name() const -> const std::string& { return name_; }
  auto into() const -> const std::shared_ptr<applier>& { return into_; }
  auto options() const -> const projection_options& { return options_; }

  // -- by the actor ---------------------------------------------------------

  /// `runner` is woken from now on. Its host is told what was asked of the one before.
  void attach(projection_actor runner, projection_host& host);

  /// Makes the requests that came, and a step; tells those who wait.
  auto step(projection_host& host) -> projection_host::next;

  auto has_requests() const -> bool;

  /// The run is over. Does nothing the second time.
  void finish(result<projection_status> outcome);

  auto is_over() const -> bool;

  /// Why nobody can go on where an actor died; nothing when another one can.
  auto cannot_go_on() const -> std::optional<failure>;

  // -- requests -------------------------------------------------------------

  void pause(bool paused);
  void stop();
  void reset(log_position to);
  auto rebuild() -> result<>;
  void retry_dead_letters();

  /// The log's head has moved: who rests looks.
  void wake() const;

  // -- where it stands ------------------------------------------------------

  auto status() const -> projection_status;
  auto outcome() const -> std::shared_future<result<projection_status>> { return outcome_; }
  auto wait_until(log_position position, std::chrono::milliseconds patience) -> result<>;

  /// Whether another program may lead, so that the checkpoint in the store tells more.
  auto may_be_led_elsewhere() const -> bool;

  using watch_id = std::uint64_t; ///< never 0
  using listener = std::function<void(bool reached)>;

  /// Tells once, on the projection's thread, that `position` was passed, or that it is not to be
  /// waited for: the run has ended or is paused. What can be told at once is told on this thread, and
  /// 0 is given. Must not block.
  auto watch(log_position position, listener told) -> watch_id;
  void unwatch(watch_id id);

private:
  struct watcher {
    watch_id id = 0;
    log_position position{};
    listener told;
  };
  using request = std::function<void(projection_host&)>;

  void ask(request what);
  void publish(const projection_host& host);
  void tell_watchers();
  auto verdict(log_position on) const -> std::optional<bool>;
  auto is_in_store(log_position position) const -> bool;
  auto how_it_ended(log_position wanted) const -> failure;
  auto is_own_thread() const -> bool;
  auto looks_elsewhere() const -> bool;

  const std::string name_;
  const std::shared_ptr<applier> into_;
  const projection_options options_;
  const std::weak_ptr<event_store> store_; // a handle does not keep it open
  std::promise<result<projection_status>> promise_;
  const std::shared_future<result<projection_status>> outcome_ = promise_.get_future().share();

  mutable std::mutex mutex_; // for what follows
  std::condition_variable changed_;
  projection_actor runner_;
  projection_status status_;
  bool over_ = false;
  std::optional<failure> failed_;
  bool paused_ = false;
  bool stopping_ = false;
  std::vector<request> requests_;
  std::optional<projection_run::asked_reset> unfinished_; ///< which its host was asked for
  std::vector<watcher> watchers_;
  watch_id last_watch_ = 0;
  std::thread::id stepping_{}; // the thread that is inside a step
};

} // namespace eventcore::actors
