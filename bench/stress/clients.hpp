#pragma once

#include "latencies.hpp"
#include "told.hpp"
#include "workload.hpp"

#include <eventcore/execution.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace stress {

/// Takes the outcome of a command, on any thread, also on the one that sends it.
using on_done = std::function<void(ec::result<ec::executed>)>;

/// Executes a command: `ec::runtime::execute`, or what stands for it in a test.
using send_command = std::function<void(ec::any_command, on_done)>;

/// When clients stop to send.
struct round_end {
  std::optional<std::uint64_t> commands{}; ///< of all clients together
  std::chrono::nanoseconds time{};         ///< if no number of commands is given
};

/// Which clients are at work: the others rest.
struct part {
  std::size_t first = 0;
  std::size_t count = 0;
  bool timed = true; ///< their latencies count
};

/// Called every `every` while clients are at work, with the time since they began.
struct sampling {
  std::chrono::nanoseconds every = std::chrono::hours{24};
  std::function<void(std::chrono::nanoseconds)> look{};
};

class client;

/// Closed loops: each client sends its next command from the callback that answers its last one. One that is told
/// `overloaded` waits for a millisecond first. Must outlive the runtime that it sends to.
class clients {
public:
  clients(workload& work, std::size_t count, std::uint64_t seed);
  clients(const clients&) = delete;
  auto operator=(const clients&) -> clients& = delete;
  ~clients();

  /// Lets clients send until `end` and waits for the answers; the time from the first command to the last answer. Gives
  /// up when for `patience` nothing was answered: `told::unanswered` says how many clients wait.
  auto run(const send_command& send, const round_end& end, const part& who,
           const sampling& watch = {}, std::chrono::milliseconds patience = std::chrono::minutes{2})
    -> std::chrono::nanoseconds;

  /// All of them.
  auto run(const send_command& send, const round_end& end, const sampling& watch = {},
           std::chrono::milliseconds patience = std::chrono::minutes{2})
    -> std::chrono::nanoseconds {
    return run(send, end, part{.count = all_.size()}, watch, patience);
  }

  /// What the clients were told in all rounds.
  auto told_so_far(ec::log_position base) const -> told;
  auto latency() const -> const latencies& { return latency_; }
  auto answered() const -> std::uint64_t { return answered_.load(std::memory_order_relaxed); }

  /// How often each failure came, by its code; rejections by rule are none.
  auto failures() const -> std::map<std::string, std::uint64_t>;
  /// The text of the first of them.
  auto first_failure() const -> std::string;

private:
  friend class client;

  auto take_ticket() -> std::optional<std::uint64_t>;
  void record(tally& of, const ec::result<ec::executed>& outcome);
  void note_failure(const ec::failure& why);
  void finish();
  auto wait(std::chrono::steady_clock::time_point latest) -> std::size_t;
  void park(client& one);
  void wake_parked();

  workload& work_;
  std::vector<std::unique_ptr<client>> all_;
  send_command send_;
  latencies latency_;
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> tickets_{0};
  std::atomic<bool> closed_{false};
  bool timed_ = true;
  round_end end_;
  std::chrono::steady_clock::time_point stop_{};

  mutable std::mutex mutex_; // guards all below
  std::condition_variable changed_;
  std::size_t active_ = 0;
  std::chrono::steady_clock::time_point last_answer_{};
  std::vector<client*> parked_;
  std::map<std::string, std::uint64_t> by_code_;
  std::string first_failure_;
  std::uint64_t unanswered_ = 0;
};

} // namespace stress
