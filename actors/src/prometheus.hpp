#pragma once

#include "eventcore/actors/observer.hpp"
#include "eventcore/actors/settings.hpp"
#include "eventcore/failure.hpp"

#include <functional>
#include <memory>

namespace eventcore {

struct runtime_status;

/// Counts what a runtime does and serves it in Prometheus' text format at `/metrics`.
class prometheus_observer : public observer {
public:
  /// Where it listens or listened: the port of the setting, or the one that was found for port 0.
  virtual auto port() const -> int = 0;

  /// Ends serving: once it returned, the status is asked for no more. May wait 2 s for a client that
  /// is connected and says nothing. Does nothing the second time; not to be called by two threads at
  /// once. Counting goes on.
  virtual void close() = 0;
};

/// Listens at `settings.metrics.address`, whether or not metrics are enabled. Fails with
/// `invalid_argument`, naming `eventcore.metrics.address`, when that cannot be done.
///
/// `status` is called by threads of the HTTP server, one at a time, from now on until `close`
/// returned. It must not wait for a thread that calls `close`.
auto make_prometheus_observer(const runtime_settings& settings,
                              std::function<runtime_status()> status)
  -> result<std::shared_ptr<prometheus_observer>>;

} // namespace eventcore
