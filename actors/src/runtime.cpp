#include "eventcore/actors/runtime.hpp"

#include "both_observers.hpp"
#include "command_gate.hpp"
#include "end_now.hpp"
#include "logging.hpp"
#include "node.hpp"
#include "node_context.hpp"
#include "prometheus.hpp"
#include "reply.hpp"
#include "scheduler_thread.hpp"
#include "snapshot_reports.hpp"

#include "eventcore/actors/config.hpp"
#include "eventcore/backends.hpp"
#include "eventcore/detail/head_watch.hpp"
#include "eventcore/recent_log.hpp"

#include <algorithm>
#include <future>
#include <mutex>
#include <spdlog/logger.h>
#include <string_view>
#include <thread>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

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

// How often who waits for what another program runs looks into the store.
constexpr std::chrono::milliseconds look_period{10};

auto wait_for_checkpoint(event_store& store, std::string_view name, log_position position,
                         std::chrono::milliseconds patience) -> result<> {
  const auto deadline = detail::deadline_after(patience);
  for (;;) {
    const auto kept = store.load_checkpoint(name);
    if (kept && *kept && (*kept)->position >= position)
      return {};
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline && !kept)
      return std::unexpected{kept.error()};
    if (now >= deadline)
      return fail(
        errc::timed_out,
        fmt::format("projection '{}' does not run in this runtime, and its checkpoint in "
                    "the store is {}, before position {}; is it run by another program?",
                    name,
                    *kept ? fmt::format("at position {}", (*kept)->position.value) : "not there",
                    position.value));
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(look_period, deadline - now));
  }
}

auto status_of(const actors::node_context& node) -> runtime_status {
  const auto& now = node.now;
  return {.store_reachable = now.store_failure.load() == nullptr,
          .head = {now.head.load()},
          .commands_in_flight = node.gate->inside(),
          .active_streams = now.active_streams.load(),
          .queued_write_sets = now.queued_write_sets.load(),
          .queued_bytes = now.queued_bytes.load(),
          .projections = node.followers->statuses({now.head.load()})};
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

  /// Hands a projection or a subscription to the node.
  template <class Message, class Hosted>
  auto host(std::shared_ptr<Hosted> what) -> result<std::shared_ptr<Hosted>> {
    if (auto added = node_->followers->add(what); !added)
      return std::unexpected{std::move(added.error())};
    caf::anon_send(actor_, Message{what});
    return what;
  }

  auto subscribe(const subscription_options& options, actors::subscriber whom, std::size_t window)
    -> result<running_subscription> {
    auto opened = subscription::open(*node_->log_source, options);
    if (!opened)
      return std::unexpected{std::move(opened.error())};
    auto hosted = host<actors::host_subscription>(
      std::make_shared<actors::hosted_subscription>(std::move(*opened), std::move(whom), window));
    if (!hosted)
      return std::unexpected{std::move(hosted.error())};
    return running_subscription{std::move(*hosted)};
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
    node_->followers->close();
    const auto& settings = node_->settings;
    const auto began = std::chrono::steady_clock::now();
    log_stopping(*node_->log, node_->gate->inside(), settings.shutdown_deadline);
    node_->gate->wait_until_empty(settings.shutdown_deadline);
    const auto abandoned = node_->gate->inside();
    wait_for_actors();
    node_->snapshots->stop();
    node_->followers->abandon();
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
  node->log_source = std::make_shared<recent_log>(node->store);
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
  node->snapshots =
    std::make_shared<snapshots>(*node->store, settings.snapshot_defaults(),
                                actors::report_snapshots(node->log, node->watching));
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
  if (auto may = actors::may_block("execute_blocking", "use self->request(runtime.actor(), ...) or "
                                                       "execute with a callback");
      !may)
    return std::unexpected{std::move(may.error())};
  return execute(std::move(command), std::move(options)).get();
}

auto runtime::actor() const -> command_actor { return running_->actor(); }

// -- following the log ------------------------------------------------------------

auto runtime::run(any_projection projection, projection_options options)
  -> result<running_projection> {
  return run(make_applier(std::move(projection)), std::move(options));
}

auto runtime::run(std::shared_ptr<applier> into, projection_options options)
  -> result<running_projection> {
  if (auto valid = validate_name("projection", into->type().name); !valid)
    return std::unexpected{std::move(valid.error())};
  auto hosted = running_->host<actors::host_projection>(std::make_shared<actors::hosted_projection>(
    std::move(into), std::move(options), running_->node().log_source));
  if (!hosted)
    return std::unexpected{std::move(hosted.error())};
  return running_projection{std::move(*hosted)};
}

auto runtime::projections() const -> std::vector<projection_status> {
  const auto& node = running_->node();
  return node.followers->statuses({node.now.head.load()});
}

auto runtime::wait_until(std::string_view projection, log_position position,
                         std::chrono::milliseconds patience) const -> result<> {
  if (auto may = actors::may_block("wait_until", "use execute_options::await"); !may)
    return may;
  const auto& node = running_->node();
  if (const auto hosted = node.followers->find(projection))
    return hosted->wait_until(position, patience);
  return wait_for_checkpoint(*node.store, projection, position, patience);
}

auto runtime::subscribe(const subscription_options& options, caf::actor subscriber,
                        std::size_t window) -> result<running_subscription> {
  if (window == 0)
    return fail(errc::invalid_argument,
                "the window of a subscription is 0; at least one batch must be on its way");
  return running_->subscribe(options, std::move(subscriber), window);
}

auto runtime::subscribe(const subscription_options& options, batch_listener listener)
  -> result<running_subscription> {
  return running_->subscribe(options, std::move(listener), 1);
}

auto runtime::store() const -> event_store& { return *running_->node().store; }

auto runtime::status() const -> runtime_status { return status_of(running_->node()); }

void runtime::stop() { running_->stop(); }

} // namespace eventcore
