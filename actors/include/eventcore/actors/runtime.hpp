#pragma once

#include "eventcore/actors/observer.hpp"
#include "eventcore/actors/settings.hpp"
#include "eventcore/any_command.hpp"
#include "eventcore/event_store.hpp"
#include "eventcore/execution.hpp"

#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>

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

  auto store() const -> event_store&;

  auto status() const -> runtime_status;

  /// Takes no more commands (`shutting_down`), waits up to `shutdown_deadline` for those in flight,
  /// answers the rest (`shutting_down`, or `outcome_unknown` when it may have been written) and ends
  /// all actors; a write that is under way is waited for. The store closes with the last handle on
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
