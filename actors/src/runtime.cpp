#include "eventcore/actors/runtime.hpp"

#include "both_observers.hpp"
#include "command_gate.hpp"
#include "end_now.hpp"
#include "logging.hpp"
#include "node.hpp"
#include "node_context.hpp"
#include "prometheus.hpp"
#include "reply.hpp"

#include "eventcore/actors/config.hpp"
#include "eventcore/backends.hpp"

#include <array>
#include <future>
#include <mutex>
#include <pthread.h>
#include <spdlog/logger.h>
#include <string_view>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace eventcore {

namespace {

auto system_time() -> timestamp {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

auto system_random() -> double {
  constexpr auto mantissa_bits = 53;
  return static_cast<double>(random_bits() >> (64 - mantissa_bits))
         / static_cast<double>(1ULL << mantissa_bits);
}

// CAF gives the threads of its scheduler this name.
auto is_scheduler_thread() -> bool {
  std::array<char, 16> name{};
  return pthread_getname_np(pthread_self(), name.data(), name.size()) == 0
         && std::string_view{name.data()} == "caf.multiplexer";
}

auto status_of(const actors::node_context& node) -> runtime_status {
  const auto& now = node.now;
  return {.store_reachable = now.store_failure.load() == nullptr,
          .head = {now.head.load()},
          .commands_in_flight = node.gate->inside(),
          .active_streams = now.active_streams.load(),
          .queued_write_sets = now.queued_write_sets.load(),
          .queued_bytes = now.queued_bytes.load()};
}

} // namespace

class runtime::running {
public:
  running(caf::actor_system& system, std::shared_ptr<actors::node_context> node,
          std::shared_ptr<prometheus_observer> metrics)
      : node_{std::move(node)}, metrics_{std::move(metrics)},
        actor_{system.spawn(actors::node, node_)}, defaults_{node_->settings.command_defaults()} {}

  ~running() { stop(); }

  void execute(any_command command, execute_options options, actors::reply::listener told) {
    if (auto entered = node_->gate->enter(); !entered)
      return told(std::unexpected{std::move(entered.error())});
    caf::anon_send(actor_, actors::run_command{.command = std::move(command),
                                               .options = std::move(options),
                                               .answer = std::make_shared<actors::reply>(
                                                 node_->gate, std::move(told))});
  }

  /// Who comes while another one stops it waits for the end, too.
  void stop() {
    std::call_once(stopped_, [this] { end_all(); });
  }

  auto node() const -> const actors::node_context& { return *node_; }
  auto actor() const -> const actors::node_actor& { return actor_; }
  auto defaults() const -> const execute_options& { return defaults_; }

private:
  void end_all() {
    node_->gate->close();
    const auto& settings = node_->settings;
    const auto began = std::chrono::steady_clock::now();
    log_stopping(*node_->log, node_->gate->inside(), settings.shutdown_deadline);
    node_->gate->wait_until_empty(settings.shutdown_deadline);
    const auto abandoned = node_->gate->inside();
    wait_for_actors();
    if (metrics_)
      metrics_->close();
    log_stopped(*node_->log, abandoned, std::chrono::steady_clock::now() - began);
  }

  /// A write that is under way is waited for. Not by a scoped actor: it would leave a trace in this
  /// thread that the end of the actor system waits for.
  void wait_for_actors() {
    auto ended = std::make_shared<std::promise<void>>();
    const auto all_ended = ended->get_future();
    caf::anon_send(actor_, actors::stop{std::move(ended)});
    all_ended.wait(); // over when nobody holds the promise any more, whatever became of the actor
  }

  std::once_flag stopped_;
  std::shared_ptr<actors::node_context> node_;
  std::shared_ptr<prometheus_observer> metrics_;
  actors::node_actor actor_;
  execute_options defaults_;
};

auto runtime::start(caf::actor_system& system, std::shared_ptr<event_store> store,
                    const runtime_settings& settings, std::shared_ptr<observer> watching)
  -> result<runtime> {
  if (auto valid = settings.validate(); !valid)
    return std::unexpected{std::move(valid.error())};
  auto logger = make_logger(settings);
  if (!logger)
    return std::unexpected{std::move(logger.error())};
  const auto head = store->head();
  if (!head)
    return std::unexpected{head.error()};
  auto node = std::make_shared<actors::node_context>();
  node->settings = settings;
  node->store = std::move(store);
  node->log = std::move(*logger);
  node->gate = std::make_shared<actors::command_gate>(settings.commands.max_in_flight);
  node->wall_clock = system_time;
  node->random = system_random;
  node->now.head = head->position.value;
  std::shared_ptr<prometheus_observer> metrics;
  if (settings.metrics.enabled) {
    auto serving = make_prometheus_observer(
      settings, [watched = std::weak_ptr<const actors::node_context>{node}] {
        const auto context = watched.lock();
        return context ? status_of(*context) : runtime_status{};
      });
    if (!serving)
      return std::unexpected{std::move(serving.error())};
    metrics = std::move(*serving);
  }
  node->watching = tell_both(metrics, std::move(watching));
  if (!node->watching)
    node->watching = std::make_shared<observer>();
  return runtime{std::make_unique<running>(system, std::move(node), std::move(metrics))};
}

auto runtime::start(caf::actor_system& system, const backends& stores,
                    std::shared_ptr<observer> watching) -> result<runtime> {
  const auto settings = read_settings(system.config());
  if (!settings)
    return std::unexpected{settings.error()};
  auto store = stores.open(settings->store, settings->store_defaults());
  if (!store)
    return std::unexpected{std::move(store.error())};
  return start(system, std::move(*store), *settings, std::move(watching));
}

runtime::runtime(std::unique_ptr<running> started) : running_{std::move(started)} {}
runtime::runtime(runtime&&) noexcept = default;
auto runtime::operator=(runtime&&) noexcept -> runtime& = default;
runtime::~runtime() = default;

auto runtime::defaults() const -> execute_options { return running_->defaults(); }

auto runtime::execute(any_command command) -> std::future<result<executed>> {
  return execute(std::move(command), running_->defaults());
}

auto runtime::execute(any_command command, execute_options options)
  -> std::future<result<executed>> {
  const auto promise = std::make_shared<std::promise<result<executed>>>();
  auto future = promise->get_future();
  running_->execute(std::move(command), std::move(options), [promise](result<executed> outcome) {
    promise->set_value(std::move(outcome));
  });
  return future;
}

void runtime::execute(any_command command, execute_options options,
                      std::function<void(result<executed>)> on_done) {
  running_->execute(std::move(command), std::move(options), std::move(on_done));
}

auto runtime::execute_blocking(any_command command) -> result<executed> {
  return execute_blocking(std::move(command), running_->defaults());
}

auto runtime::execute_blocking(any_command command, execute_options options) -> result<executed> {
  if (is_scheduler_thread())
    return fail(errc::invalid_argument,
                "execute_blocking was called on a thread of the actor system, which the command "
                "itself needs; use self->request(runtime.actor(), ...) or execute with a callback");
  return execute(std::move(command), std::move(options)).get();
}

auto runtime::actor() const -> command_actor { return running_->actor(); }

auto runtime::store() const -> event_store& { return *running_->node().store; }

auto runtime::status() const -> runtime_status { return status_of(running_->node()); }

void runtime::stop() { running_->stop(); }

} // namespace eventcore
