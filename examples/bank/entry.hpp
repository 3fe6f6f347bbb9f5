#pragma once

#include "domain.hpp"

#include <eventcore/recorded_event.hpp>

#include <cstdint>
#include <string>

namespace bank {

/// Another view of an account: what happened last, as a statement prints it, and the balance then.
struct entry {
  enum class type : std::uint8_t { none, opened, paid, received, rejected };

  type what = type::none;
  std::string order;
  ec::stream<account> other; ///< the account that was paid, or that paid
  money amount;
  rejection reason{};
  money balance;
  money opened_with;
  std::uint64_t openings = 0;

  void apply(const account_opened& e);
  void apply(const money_withdrawn& e);
  void apply(const money_deposited& e);
  void apply(const order_rejected& e);
};

/// Moves `last` on by the next event of its stream. Fails with `codec_failed` when it is unreadable.
auto advance(entry& last, const ec::recorded_event& event) -> ec::result<>;

/// A reason in words.
auto to_text(rejection reason) -> std::string;

} // namespace bank
