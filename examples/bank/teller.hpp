#pragma once

#include "domain.hpp"
#include "execute_all.hpp"

#include <eventcore/retry_policy.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace bank {

/// What became of an order.
struct settled {
  bool already_done = false;               ///< by an earlier import; nothing was written now
  std::optional<rejection> rejected_for{}; ///< set when it was rejected now
};

/// Executes orders on a store, each once and for all, and opens the accounts that they need. Any
/// number of tellers, also in other programs, may work on the same store.
class teller {
public:
  /// `store` must outlive the teller. Accounts at our own bank open with `opening_balance`.
  teller(ec::event_store& store, money opening_balance);

  /// Executes orders, or finds that they are done; one outcome for each. They commit together as far
  /// as they can, but those that have an account in common are executed in their order.
  ///
  /// What is wrong with an order itself comes as `invalid_argument`, `rule_violated` or
  /// `request_reused`, and then nothing was written for it.
  auto settle(std::span<const transfer_money> orders) -> std::vector<ec::result<settled>>;

  auto accounts_opened() const -> std::uint64_t { return accounts_opened_; }
  auto retries() const -> std::uint64_t { return counters_.conflicts + counters_.store_failures; }

private:
  struct pending;

  void try_together(std::span<pending* const> orders);
  void take(pending& order, const ec::result<ec::executed>& done,
            std::set<ec::stream<account>>& closed);
  auto open(const std::set<ec::stream<account>>& accounts) -> ec::result<>;
  auto describe(const ec::executed& order) -> ec::result<settled>;

  ec::event_store& store_;
  money opening_balance_;
  ec::retry_counters counters_;
  ec::execute_options options_;
  std::uint64_t accounts_opened_ = 0;
};

} // namespace bank
