#pragma once

#include "command_gate.hpp"
#include "followers.hpp"

#include "eventcore/actors/observer.hpp"
#include "eventcore/actors/settings.hpp"
#include "eventcore/event_store.hpp"
#include "eventcore/ids.hpp"
#include "eventcore/retry_policy.hpp"
#include "eventcore/snapshots.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace spdlog {
class logger;
}

namespace eventcore::actors {

/// What status says; written by the actors that know.
struct gauges {
  std::atomic<std::size_t> active_streams{0};
  std::atomic<std::size_t> queued_write_sets{0};
  std::atomic<std::size_t> queued_bytes{0};
  std::atomic<std::uint64_t> head{0};
  /// Why the store cannot be used, and since when; null while it can.
  std::atomic<std::shared_ptr<const failure>> store_failure{};
  std::atomic<std::chrono::steady_clock::time_point> away_since{};
};

/// What all actors of a node share. Immutable but for what is thread-safe by itself.
struct node_context {
  runtime_settings settings;
  std::shared_ptr<event_store> store;
  std::shared_ptr<event_store> log_source;         ///< what projections and subscriptions use
  std::shared_ptr<eventcore::snapshots> snapshots; ///< null: none are taken
  std::shared_ptr<observer> watching;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<command_gate> gate;
  std::shared_ptr<actors::followers> followers = std::make_shared<actors::followers>();
  id_source* ids = &random_ids();
  std::function<timestamp()> wall_clock; ///< for `context::now`
  std::function<double()> random;        ///< uniform in [0, 1), for jitter
  bool threads = true; ///< who uses the store has a thread of its own; false in tests
  mutable gauges now{};
};

/// Log and count a retry; used as the last part of every retry hook.
void note_retry(const node_context& node, const retry& again);

/// Note that the store failed, and that it can be used again; each is logged when it changes.
void note_store_failed(const node_context& node, const failure& why);
void note_store_reached(const node_context& node);

using shared_context = std::shared_ptr<const node_context>;

} // namespace eventcore::actors
