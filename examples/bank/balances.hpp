#pragma once

#include "domain.hpp"

#include <eventcore/event_store.hpp>
#include <eventcore/stores/sql_projection.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bank {

// begin: balances
/// The read model of the bank, in tables of the store's database: what each account holds, and how
/// many orders are done.
struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  static constexpr std::array<std::string_view, 2> tables{"balances", "orders_done"};

  void create(ec::sql_context& sql) const;

  void apply(const account_opened& e, const ec::event_info& about) { move(about, e.balance); }
  void apply(const money_withdrawn& e, const ec::event_info& about) {
    move(about, money{} - e.amount);
    ++executed;
  }
  void apply(const money_deposited& e, const ec::event_info& about) { move(about, e.amount); }
  void apply(const order_rejected&) { ++rejected; }

  void write(ec::sql_context& sql);

  // What the events of one transaction add.
  std::map<std::string, money, std::less<>> moved;
  std::int64_t executed = 0;
  std::int64_t rejected = 0;

private:
  void move(const ec::event_info& about, money amount) {
    auto& sum = moved[std::string{about.key()}];
    sum = sum + amount;
  }
};
// end: balances

struct holding {
  std::string account;
  money balance;
};

/// What a look into the read model finds; all of it at one moment.
struct overview {
  std::uint64_t orders = 0; ///< executed or rejected
  std::vector<holding> richest;
};

/// Brings the read model to where the log is now, or waits until another program did. Fails with
/// `invalid_argument` when the store speaks no SQL.
auto update_balances(ec::event_store& store) -> ec::result<>;

/// What an account holds; nothing when it is not open.
auto find_balance(ec::event_store& store, const ec::stream<account>& id)
  -> ec::result<std::optional<money>>;

/// The `count` richest accounts. Nothing is found before the read model has begun.
auto look(ec::event_store& store, std::size_t count) -> ec::result<overview>;

} // namespace bank
