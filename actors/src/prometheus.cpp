#include "prometheus.hpp"

#include "command_metrics.hpp"
#include "metrics_server.hpp"

#include "eventcore/actors/runtime.hpp"

#include <prometheus/collectable.h>
#include <string>
#include <utility>
#include <vector>

namespace eventcore {

namespace {

using prometheus::Histogram;

auto counter(prometheus::Registry& registry, const char* name, const char* help)
  -> prometheus::Counter& {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

auto histogram(prometheus::Registry& registry, const char* name, const char* help,
               const Histogram::BucketBoundaries& buckets) -> Histogram& {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
}

auto to_text(snapshot_fate fate) -> std::string_view {
  switch (fate) {
  case snapshot_fate::saved:
    return "saved";
  case snapshot_fate::ignored:
    return "ignored";
  case snapshot_fate::failed:
    return "failed";
  }
  return "unknown";
}

auto number_buckets() -> const Histogram::BucketBoundaries& {
  static const Histogram::BucketBoundaries buckets{1,   2,   5,    10,   20,   50,    100,
                                                   200, 500, 1000, 2000, 5000, 10'000};
  return buckets;
}

/// Reads the runtime's status when somebody collects.
class status_gauges final : public prometheus::Collectable {
public:
  explicit status_gauges(std::function<runtime_status()> status) : status_{std::move(status)} {}

  auto Collect() const -> std::vector<prometheus::MetricFamily> override {
    try {
      const auto now = status_();
      auto all = gauges_of(now);
      add_projections(now.projections, all);
      return all;
    } catch (...) {
      return {}; // an exception would end the HTTP server's thread, and the program with it
    }
  }

private:
  static auto gauges_of(const runtime_status& now) -> std::vector<prometheus::MetricFamily> {
    std::vector<prometheus::MetricFamily> gauges;
    const auto add = [&](const char* name, const char* help, auto value) {
      prometheus::ClientMetric metric;
      metric.gauge.value = static_cast<double>(value);
      gauges.push_back({name, help, prometheus::MetricType::Gauge, {std::move(metric)}});
    };
    add("eventcore_store_reachable", "1 when the last use of the store succeeded, else 0.",
        now.store_reachable ? 1 : 0);
    add("eventcore_log_head_position", "The last position in the log that the runtime knows of.",
        now.head.value);
    add("eventcore_commands_in_flight", "Commands without an outcome so far.",
        now.commands_in_flight);
    add("eventcore_active_streams", "Streams kept in memory.", now.active_streams);
    add("eventcore_queued_write_sets", "Write sets sent to the log writer, without an outcome.",
        now.queued_write_sets);
    add("eventcore_queued_bytes", "The payloads of the queued write sets.", now.queued_bytes);
    return gauges;
  }

  static void add_projections(const std::vector<projection_status>& now,
                              std::vector<prometheus::MetricFamily>& to) {
    using enum prometheus::MetricType;
    const auto add = [&](const char* name, const char* help, prometheus::MetricType type,
                         const auto& value_of) {
      prometheus::MetricFamily family{name, help, type, {}};
      for (const auto& one : now) {
        prometheus::ClientMetric metric;
        metric.label = {{"projection", std::string{one.name}}};
        const auto value = static_cast<double>(value_of(one));
        (type == Counter ? metric.counter.value : metric.gauge.value) = value;
        family.metric.push_back(std::move(metric));
      }
      to.push_back(std::move(family));
    };
    if (now.empty())
      return;
    using status = projection_status;
    add("eventcore_projection_up", "0 when the projection has ended by a failure, else 1.", Gauge,
        [](const status& one) { return one.state == projection_state::failed ? 0 : 1; });
    add("eventcore_projection_position", "The position up to which the projection has come.", Gauge,
        [](const status& one) { return one.reached.position.value; });
    add("eventcore_projection_lag_events", "Positions by which it is behind the log's head.", Gauge,
        [](const status& one) { return one.lag; });
    add("eventcore_projection_lag_seconds",
        "How much older what it reached is than the log's head.", Gauge,
        [](const status& one) { return in_seconds(one.lag_time); });
    add("eventcore_projection_applied_total", "Events that it applied.", Counter,
        [](const status& one) { return one.applied; });
    add("eventcore_projection_skipped_total", "Events that it could not take and passed over.",
        Counter, [](const status& one) { return one.skipped; });
    add("eventcore_projection_parked_total", "Events that it could not take and laid aside.",
        Counter, [](const status& one) { return one.parked; });
    add("eventcore_projection_failures_total", "Failures of events and of the store, each attempt.",
        Counter, [](const status& one) { return one.failures; });
  }

  std::function<runtime_status()> status_;
};

class serving_observer final : public prometheus_observer {
public:
  explicit serving_observer(std::function<runtime_status()> status)
      : gauges_{std::make_shared<status_gauges>(std::move(status))} {}

  auto serve(const std::string& address) -> result<> {
    auto started = metrics_server::start(address, {registry_, gauges_});
    if (!started)
      return std::unexpected{std::move(started.error())};
    server_ = std::move(*started);
    port_ = server_->port();
    return {};
  }

  auto port() const -> int override { return port_; }
  void close() override { server_.reset(); }

  void on(const command_ended& ended) override {
    count([&] { commands_.count(ended); });
  }

  void on(const command_retried& retried) override {
    count([&] { commands_.count(retried); });
  }

  void on(const batch_ended& ended) override {
    count([&] {
      write_sets_refused_.Increment(static_cast<double>(ended.refused));
      if (ended.failed) {
        batches_failed_.Increment();
        return; // the time that it took tells about the outage, not about commits
      }
      batch_write_sets_.Observe(static_cast<double>(ended.write_sets));
      batch_events_.Observe(static_cast<double>(ended.events));
      batch_seconds_.Observe(in_seconds(ended.took));
    });
  }

  void on_reserved(std::chrono::nanoseconds waited) override {
    count([&] { reservation_wait_seconds_.Observe(in_seconds(waited)); });
  }

  void on_lapsed() override {
    count([&] { reservations_lapsed_.Increment(); });
  }

  void on_snapshot(std::string_view kind, snapshot_fate fate) override {
    count([&] {
      snapshots_.Add({{"kind", std::string{kind}}, {"outcome", std::string{to_text(fate)}}})
        .Increment();
    });
  }

  void on_restarted(std::string_view actor) override {
    count([&] { restarts_.Add({{"actor", std::string{actor}}}).Increment(); });
  }

private:
  template <class Count>
  static void count(const Count& how) noexcept {
    try {
      how();
    } catch (...) {
      // No memory for a new series: the count is lost, the command must not be.
    }
  }

  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  std::shared_ptr<status_gauges> gauges_;
  command_metrics commands_{*registry_};
  Histogram& batch_write_sets_ = histogram(*registry_, "eventcore_batch_write_sets",
                                           "Write sets in a group commit.", number_buckets());
  Histogram& batch_events_ = histogram(*registry_, "eventcore_batch_events",
                                       "Events that a group commit wrote.", number_buckets());
  Histogram& batch_seconds_ = histogram(*registry_, "eventcore_batch_seconds",
                                        "Time that a group commit took.", seconds_buckets());
  prometheus::Counter& batches_failed_ =
    counter(*registry_, "eventcore_batches_failed_total",
            "Group commits that could not use the store, or whose outcome is not known.");
  prometheus::Counter& write_sets_refused_ =
    counter(*registry_, "eventcore_write_sets_refused_total",
            "Write sets that were refused by an expectation.");
  Histogram& reservation_wait_seconds_ =
    histogram(*registry_, "eventcore_reservation_wait_seconds",
              "Time that a command waited for a stream.", seconds_buckets());
  prometheus::Counter& reservations_lapsed_ =
    counter(*registry_, "eventcore_reservations_lapsed_total",
            "Reservations of streams that ran into their deadline.");
  prometheus::Family<prometheus::Counter>& snapshots_ =
    prometheus::BuildCounter()
      .Name("eventcore_snapshots_total")
      .Help("Snapshots of streams' states; outcome is saved, ignored (found, and of no use) or "
            "failed.")
      .Register(*registry_);
  prometheus::Family<prometheus::Counter>& restarts_ =
    prometheus::BuildCounter()
      .Name("eventcore_actor_restarts_total")
      .Help("Actors of the runtime that died and were replaced.")
      .Register(*registry_);

  int port_ = 0;
  std::unique_ptr<metrics_server> server_; // ends first, its threads use all of the above
};

} // namespace

auto make_prometheus_observer(const runtime_settings& settings,
                              std::function<runtime_status()> status)
  -> result<std::shared_ptr<prometheus_observer>> {
  auto made = std::make_shared<serving_observer>(std::move(status));
  if (auto serves = made->serve(settings.metrics.address); !serves)
    return std::unexpected{std::move(serves.error())};
  return made;
}

} // namespace eventcore
