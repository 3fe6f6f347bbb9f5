#pragma once

#include "options.hpp"
#include "stress/write_sets.hpp"

#include <eventcore/any_command.hpp>
#include <eventcore/event_store.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <vector>

namespace stress {

namespace ec = eventcore;

/// A client, as far as its commands depend on it.
struct client_place {
  std::size_t index = 0;
  std::uint64_t sent = 0;   ///< how many commands it has sent
  std::uint64_t ticket = 0; ///< how many all clients have sent in this round
  std::mt19937_64 random;
};

/// What the clients of a scenario do. `next` is called from many threads.
class workload {
public:
  workload() = default;
  workload(const workload&) = delete;
  auto operator=(const workload&) -> workload& = delete;
  virtual ~workload() = default;

  /// Writes what the commands rely on, before the first one. Throws `failure_error`.
  virtual void prepare(ec::event_store&) {}

  virtual auto next(client_place& client) -> ec::any_command = 0;

  /// The account streams that commands write to, where they are known beforehand.
  virtual auto accounts() const -> std::vector<ec::stream_id> { return {}; }

  /// How the write sets of a command spread, for measuring `section`: the number of streams (0: always new ones) for
  /// `events` a command.
  virtual auto streams() const -> std::size_t = 0;
};

/// `base` is where the log stands; it names streams that must be new.
auto make_workload(const options& given, ec::log_position base) -> std::unique_ptr<workload>;

/// The streams of the scenarios.
auto shared_account() -> ec::stream_id;
auto client_account(std::size_t client) -> ec::stream_id;
auto numbered_account(std::size_t number) -> ec::stream_id;

/// A stream that one command of one client makes: `account-new-<base>-<client>-<number>`.
auto new_account(ec::log_position base, std::size_t client, std::uint64_t number) -> ec::stream_id;

/// Appends write sets of one event each that go together. Throws `failure_error` when one is not committed.
void append_all(ec::event_store& store, const std::vector<ec::write_set>& sets);

/// Brings each stream up to `events` events: deposits of nothing.
void preload(ec::event_store& store, std::span<const ec::stream_id> accounts, std::uint64_t events);

} // namespace stress
