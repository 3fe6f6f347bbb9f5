#pragma once

#include <eventcore/forwarding_store.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

namespace ec = eventcore;

/// How often what goes wrong, in thousandths of the calls that it can befall. The same seed and the same
/// calls give the same faults.
struct fault_plan {
  std::uint64_t seed = 1;

  // -- of appends --
  std::uint32_t unavailable = 0;   ///< fails before anything is done
  std::uint32_t in_part = 0;       ///< does some of the batch, and says that the rest was not done
  std::uint32_t lost_answer = 0;   ///< commits, and then does not know the outcome
  std::uint32_t lost_request = 0;  ///< does nothing, and then does not know the outcome
  std::uint32_t throws_before = 0; ///< throws with nothing done
  std::uint32_t throws_after = 0;  ///< commits and then throws
  std::uint32_t stranger = 0;      ///< calls `fault_hooks::stranger` first
  std::uint32_t stays_away = 0;    ///< of the failures: the next few calls fail as well

  // -- of other calls --
  std::uint32_t lookup_unavailable = 0;
  std::uint32_t lookup_cannot_tell = 0; ///< fails with `outcome_unknown`
  std::uint32_t lookup_throws = 0;
  std::uint32_t read_unavailable = 0;
  std::uint32_t read_throws = 0;

  std::chrono::microseconds latency{}; ///< of an append, at most; really waited for
};

/// What a test hears, and does. Called under no lock, on the thread of the call.
struct fault_hooks {
  /// Another program writes to `stream`, which the batch that follows wants to write to, too.
  std::function<void(ec::event_store& inner, const ec::stream_id& stream)> stranger{};
  /// A batch came, before anything is done with it.
  std::function<void(ec::write_batch batch)> on_append{};
  /// A batch is told these outcomes.
  std::function<void(ec::write_batch batch, const std::vector<ec::append_outcome>& told)> on_told{};
  /// `find_commit` of this set was answered.
  std::function<void(const ec::write_set& set,
                     const ec::result<std::optional<ec::committed>>& found)>
    on_found{};
};

/// Thrown by a store that is to take the actor which called it down.
struct store_thrown : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A store that fails as planned, in front of one that does not. Thread-safe as long as the hooks
/// are. With a plan of zeros, and after `heal`, all calls pass through unchanged.
class faulty_store final : public ec::forwarding_store {
public:
  faulty_store(std::shared_ptr<ec::event_store> inner, const fault_plan& plan,
               fault_hooks hooks = {});

  /// No faults from now on.
  void heal() { healed_ = true; }

  /// How many faults of each kind there were.
  auto faults() const -> std::map<std::string, std::uint64_t>;
  auto fault_count() const -> std::uint64_t { return count_; }

  using ec::forwarding_store::append;
  using ec::forwarding_store::read;

  auto append(ec::write_batch batch) -> std::vector<ec::append_outcome> override;
  auto find_commit(const ec::write_set& set, ec::log_position known)
    -> ec::result<std::optional<ec::committed>> override;
  auto read(std::span<const ec::read_stream> queries)
    -> ec::result<std::vector<ec::stream_page>> override;

private:
  auto append_with_faults(ec::write_batch batch) -> std::vector<ec::append_outcome>;
  auto befalls(const char* what, std::uint32_t thousandths) -> bool;
  auto is_away(const char* what, std::uint32_t thousandths) -> bool;
  auto below(std::uint64_t bound) -> std::uint64_t;

  const fault_plan plan_;
  const fault_hooks hooks_;
  std::atomic<bool> healed_{false};
  std::atomic<std::uint64_t> count_{0};

  mutable std::mutex mutex_; ///< for what follows
  std::uint64_t random_;
  std::uint64_t away_for_ = 0; ///< calls that will fail, too
  std::map<std::string, std::uint64_t> faults_;
};

} // namespace support
