#pragma once

#include "domain.hpp"
#include "inbox.hpp"
#include "turns.hpp"

#include <eventcore/actors/runtime.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace bank {

/// What became of an order.
struct settled {
  bool already_done = false;               ///< by an earlier import; nothing was written now
  std::optional<rejection> rejected_for{}; ///< set when it was rejected now
};

/// An order that came to its end. What is wrong with an order itself is told as `invalid_argument`,
/// `rule_violated` or `request_reused`, and then nothing was written for it.
struct ended_order {
  std::uint64_t line = 0; ///< as it was given
  std::string id{};
  ec::result<settled> outcome;
};

/// Executes orders on a runtime, each once and for all, and opens the accounts that they need: many
/// at a time from one thread, which is the only one that may use a teller. Orders that have an
/// account or the id in common are executed in the order in which they were taken.
///
/// Any number of tellers, also in other programs, may work on the same store.
class teller {
public:
  /// Accounts at our own bank open with `opening_balance`. The runtime must outlive the teller, its
  /// store must also outlive the runtime.
  teller(ec::runtime& runtime, money opening_balance, std::size_t in_flight);

  /// Takes an order: executes it as soon as its turn comes and fewer than `in_flight` are executed.
  void take(std::uint64_t line, transfer_money order);

  /// Whether another order should be taken. Keeps what waits bounded: it is no more than may be in
  /// flight.
  auto has_room() const -> bool;

  /// Whether orders were taken that have not ended.
  auto is_busy() const -> bool { return in_flight_ > 0 || !ready_.empty(); }

  /// Those that ended since this was last asked.
  auto ended() -> std::vector<ended_order>;

  /// The same; waits for at least one answer when there is none. To be called while it is busy.
  auto wait() -> std::vector<ended_order>;

  /// Starts nothing any more. Orders are forgotten that wait, or would need another command to come to
  /// their end.
  void give_up();

  auto accounts_opened() const -> std::uint64_t { return accounts_opened_; }
  auto retries() const -> std::uint64_t { return *retries_; }

private:
  struct pending {
    std::uint64_t line;
    transfer_money order;
    int tries = 0;
    bool is_opening = false; ///< the accounts that it needs
  };

  void start_ready();
  void transfer(turns::number who, const pending& one);
  void open(turns::number who, pending& one);
  void execute(turns::number who, ec::any_command command, ec::execute_options options);
  auto take(const std::vector<inbox::answer>& answers) -> std::vector<ended_order>;
  auto go_on(turns::number who, pending& one, const ec::result<ec::executed>& done)
    -> std::optional<ec::result<settled>>;
  auto try_again(turns::number who, pending& one, const ec::failure& why) -> bool;
  auto describe(const ec::executed& order) -> ec::result<settled>;

  ec::runtime& runtime_;
  ec::event_store& store_;
  money opening_balance_;
  std::size_t most_in_flight_;
  ec::execute_options options_;
  // Both belong to the commands as well, which may end when the teller is gone.
  std::shared_ptr<std::atomic<std::uint64_t>> retries_;
  std::shared_ptr<inbox> inbox_;

  std::unordered_map<turns::number, pending> orders_;
  turns turns_;
  std::deque<turns::number> ready_; ///< it is their turn
  turns::number last_ = 0;
  std::size_t in_flight_ = 0;
  std::uint64_t accounts_opened_ = 0;
  bool gave_up_ = false;
};

} // namespace bank
