#pragma once

#include "eventcore/actors/observer.hpp"
#include "eventcore/actors/projections.hpp"
#include "eventcore/actors/settings.hpp"
#include "eventcore/actors/subscriptions.hpp"
#include "eventcore/any_command.hpp"
#include "eventcore/applier.hpp"
#include "eventcore/event_store.hpp"
#include "eventcore/execution.hpp"
#include "eventcore/projection.hpp"
#include "eventcore/projection_options.hpp"
#include "eventcore/projection_status.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>

namespace eventcore {

class backends;

/// Asks a runtime to execute a command, from an actor:
/// `self->request(runtime.actor(), 10s, ec::execute_command{deposit_money{...}})`. The answer is
/// `executed`, or an error of the category `eventcore` (see `to_failure`).
struct execute_command {
  any_command command;
  std::optional<execute_options> options{}; ///< the runtime's defaults when empty
};

/// The actor that takes commands.
using command_actor = caf::typed_actor<caf::replies_to<execute_command>::with<executed>>;

/// How a runtime does at this moment.
struct runtime_status {
  bool store_reachable = true; ///< the last use of the store succeeded
  log_position head{};         ///< the last position that this runtime knows of
  std::size_t commands_in_flight = 0;
  std::size_t active_streams = 0;    ///< kept in memory
  std::size_t queued_write_sets = 0; ///< sent to the log writer, without an outcome so far
  std::size_t queued_bytes = 0;      ///< their payloads
  std::vector<projection_status> projections{}; ///< see `runtime::projections`
};

/// Executes commands on a store, as actors in the user's CAF system: streams stay in memory, commands
/// on one stream queue instead of conflicting, and many commit in one database transaction. All
/// methods may be called from any thread, but not `stop` and the destructor from an actor.
class runtime {
public:
  /// Starts on a store that is open. Fails with `invalid_argument` when a setting is out of its
  /// range, or with the store's own failure when it cannot be read.
  [[nodiscard]] static auto start(caf::actor_system& system, std::shared_ptr<event_store> store,
                                  const runtime_settings& settings = {},
                                  std::shared_ptr<observer> watching = nullptr) -> result<runtime>;

  /// Starts with the settings of the system's configuration, group `eventcore`, on the store that
  /// they name.
  [[nodiscard]] static auto start(caf::actor_system& system, const backends& stores,
                                  std::shared_ptr<observer> watching = nullptr) -> result<runtime>;

  runtime(runtime&&) noexcept;
  auto operator=(runtime&&) noexcept -> runtime&;

  /// Stops, see `stop`.
  ~runtime();

  /// The runtime's options for a command, to be changed and handed to `execute`.
  auto defaults() const -> execute_options;

  /// Executes a command. Its outcome is what `eventcore::execute` says; besides that it may fail with
  /// `overloaded` or `shutting_down` (certainly nothing was written) at once.
  [[nodiscard]] auto execute(any_command command) -> std::future<result<executed>>;
  [[nodiscard]] auto execute(any_command command, execute_options options)
    -> std::future<result<executed>>;

  /// The same; `on_done` is called once, on a thread of the runtime (or on this one when the command is
  /// refused at once). It must not block and not throw; it may execute further commands.
  void execute(any_command command, execute_options options,
               std::function<void(result<executed>)> on_done);

  /// Executes a command and waits. Refused with `invalid_argument` on a thread of the actor system,
  /// which it would block.
  [[nodiscard]] auto execute_blocking(any_command command) -> result<executed>;
  [[nodiscard]] auto execute_blocking(any_command command, execute_options options)
    -> result<executed>;

  /// For `self->request(...)` from an actor.
  auto actor() const -> command_actor;

  // -- following the log ------------------------------------------------------

  /// Runs a projection on a thread of its own until it is stopped, or as `options` say; options that
  /// are written out end at the log's head unless they say otherwise. Should the thread's actor die,
  /// another one goes on after the checkpoint; what begins at the start of the log begins there again,
  /// and another read model in memory ends with `handler_failed`. A projection that is given by
  /// reference must outlive the runtime.
  ///
  /// Fails with `invalid_argument` when the options cannot be followed or a projection of that name
  /// runs in this runtime, with `shutting_down` when it stops.
  [[nodiscard]] auto run(any_projection projection,
                         projection_options options = {.until = run_until::stopped})
    -> result<running_projection>;

  /// The same for whatever puts events into a read model, such as a projection in SQL.
  [[nodiscard]] auto run(std::shared_ptr<applier> into,
                         projection_options options = {.until = run_until::stopped})
    -> result<running_projection>;
  template <std::derived_from<applier> Applier>
  [[nodiscard]] auto run(std::shared_ptr<Applier> into,
                         projection_options options = {.until = run_until::stopped})
    -> result<running_projection> {
    return run(std::shared_ptr<applier>{std::move(into)}, std::move(options));
  }

  /// All that were run, by name, also those that ended. The names are valid as long as the runtime.
  auto projections() const -> std::vector<projection_status>;

  /// Waits until a projection has passed `position`: one of this runtime, or one of another program
  /// whose checkpoint is in the store. Fails with `timed_out`, which says where it is, or with what
  /// ended it. Blocks, so not for scheduled actors; for those there is `execute_options::await`.
  [[nodiscard]] auto wait_until(std::string_view projection, log_position position,
                                std::chrono::milliseconds patience) const -> result<>;

  /// Sends `subscriber` the events that fit, as `events_arrived`; see there. At most `window` batches
  /// are with it that it has not answered, so a slow one costs so much memory and nothing else. The
  /// store is waited for while it is away. Ends with the subscriber, with `close`, or with the
  /// failure that `subscription_ended` tells.
  ///
  /// Reads from the store where it begins. Fails like `subscription::open`, with `invalid_argument`
  /// when `window` is 0, and with `shutting_down`.
  [[nodiscard]] auto subscribe(const subscription_options& options, caf::actor subscriber,
                               std::size_t window = 2) -> result<running_subscription>;

  /// The same for code that is no actor: `listener` is called with one batch after the other.
  [[nodiscard]] auto subscribe(const subscription_options& options, batch_listener listener)
    -> result<running_subscription>;

  auto store() const -> event_store&;

  auto status() const -> runtime_status;

  /// Takes no more commands (`shutting_down`), waits up to `shutdown_deadline` for those in flight,
  /// answers the rest (`shutting_down`, or `outcome_unknown` when it may have been written) and ends
  /// all actors; a write that is under way is waited for. Projections end as if they were stopped,
  /// after the batch that is under way: not to be called by their code. The store closes with the last handle on
  /// it, the runtime's included. Does nothing the second time.
  void stop();

private:
  class running;

  explicit runtime(std::unique_ptr<running> started);

  std::unique_ptr<running> running_;
};

/// The failure in an error that `command_actor` answered with, in full. Another error becomes the
/// failure that says the same: no answer in time is `outcome_unknown`.
auto to_failure(const caf::error& error) -> failure;

/// The error of category `eventcore` that carries `why` in full, also to another node.
auto to_error(const failure& why) -> caf::error;

} // namespace eventcore

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::execute_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::executed)
