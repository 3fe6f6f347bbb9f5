#pragma once

#include "eventcore/backends.hpp"
#include "eventcore/execution.hpp"
#include "eventcore/failure.hpp"
#include "eventcore/snapshots.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace eventcore {

/// How a runtime works. The member `streams.max_active` is the setting `eventcore.streams.max-active`
/// of `caf-application.conf`, and so on for all; `config/caf-application.conf` explains each.
struct runtime_settings {
  /// The store: `memory:`, `sqlite:path/bank.db`, `postgresql://host/database`.
  std::string store = "sqlite:eventcore.db";

  /// Actors that run commands side by side; 0: one for each thread of CAF's scheduler.
  std::size_t coordinators = 0;

  /// Threads that load streams, each with a connection of its own.
  std::size_t readers = 2;

  /// How long `runtime::stop` lets commands come to their end.
  std::chrono::milliseconds shutdown_deadline{10'000};

  struct {
    std::size_t max_in_flight = 100'000; ///< one more is refused: `overloaded`
    std::size_t max_bytes =
      256 * 1024 * 1024; ///< payloads on their way to the store; past it `overloaded`
    std::chrono::milliseconds deadline{30'000}; ///< of a command that says none of its own
  } commands;

  /// The retry policy of a command that says none of its own.
  struct {
    std::size_t retries = 4;
    std::string backoff = "exponential"; ///< exponential, linear, fixed or none
    std::chrono::microseconds initial{10'000};
    std::chrono::microseconds cap{1'000'000};
    double jitter = 0.2;
  } retry;

  struct {
    std::size_t max_active = 100'000; ///< streams kept in memory; the longest unused go first
    std::chrono::milliseconds idle_after{300'000}; ///< a stream that nobody asked for so long goes
    std::size_t max_waiters = 10'000; ///< commands that wait for one stream; one more: `overloaded`
    std::chrono::milliseconds reservation_deadline{
      5'000}; ///< a holder that has not decided by then loses the stream
  } streams;

  struct {
    std::size_t max_batch = 1'000;                 ///< write sets in one database transaction
    std::size_t max_batch_bytes = 8 * 1024 * 1024; ///< their payloads
    std::chrono::milliseconds max_backoff{
      1'000}; ///< between two attempts to reach a store that is away
  } log_writer;

  struct {
    std::size_t every = 1'000; ///< events of a stream from one snapshot of its states to the next;
                               ///< 0: none are taken or used
    std::string kinds{};       ///< the same for single kinds: `account=200, order=0`
  } snapshots;

  struct {
    std::chrono::milliseconds keep{0}; ///< request ids that are older are forgotten; 0: none ever
  } requests;

  /// For a store on a PostgreSQL server; its connections are at least 2 more than `readers`.
  postgres_settings postgres;

  struct {
    std::string level = "info";  ///< trace, debug, info, warn, error, off
    std::string sink = "stderr"; ///< stderr, stdout, or the path of a file
  } log;

  struct {
    bool enabled = false;                   ///< serve Prometheus' text format over HTTP
    std::string address = "127.0.0.1:9464"; ///< host:port to listen at
  } metrics;

  /// Fails with `invalid_argument` and names the setting that is out of its range.
  auto validate() const -> result<>;

  /// The options of a command that says none of its own.
  auto command_defaults() const -> execute_options;

  /// When snapshots are to be taken.
  auto snapshot_defaults() const -> snapshot_policy;

  /// What `store` is to be opened with.
  auto store_defaults() const -> store_settings;
};

} // namespace eventcore
