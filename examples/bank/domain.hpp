#pragma once

#include "money.hpp"

#include <eventcore/command.hpp>

#include <optional>
#include <string>

#include <boost/describe/enum.hpp>

/// A bank whose accounts pay each other by standing orders. All of its rules are in this file.
namespace bank {

// -- what can happen to an account -------------------------------------------

struct account;

/// Why an order was not executed.
enum class rejection { insufficient_funds, balance_too_high };
BOOST_DESCRIBE_ENUM(rejection, insufficient_funds, balance_too_high)

struct account_opened {
  money balance;
};
BOOST_DESCRIBE_STRUCT(account_opened, (), (balance))

struct money_withdrawn {
  std::string order;
  ec::stream<account> to;
  money amount;
};
BOOST_DESCRIBE_STRUCT(money_withdrawn, (), (order, to, amount))

struct money_deposited {
  std::string order;
  ec::stream<account> from;
  money amount;
};
BOOST_DESCRIBE_STRUCT(money_deposited, (), (order, from, amount))

/// On the stream of the account that was to pay.
struct order_rejected {
  std::string order;
  rejection reason;
};
BOOST_DESCRIBE_STRUCT(order_rejected, (), (order, reason))

// -- what that adds up to ----------------------------------------------------

/// The stream of an account is named after its bank and its number there: `account-home-29401`.
struct account {
  using events = ec::events<account_opened, money_withdrawn, money_deposited, order_rejected>;

  bool is_open = false;
  money balance;

  void apply(const account_opened& e) {
    is_open = true;
    balance = e.balance;
  }
  void apply(const money_withdrawn& e) { balance = balance - e.amount; }
  void apply(const money_deposited& e) { balance = balance + e.amount; }
  void apply(const order_rejected&) {}
};

// -- what can be asked of the bank -------------------------------------------

/// Tells the caller of a command that accounts must be opened first, and the first of them.
struct not_open {
  ec::stream<account> id;

  auto message() const -> std::string { return fmt::format("{} is not open", id); }
};
BOOST_DESCRIBE_STRUCT(not_open, (), (id))

/// Opens two accounts that will pay each other; one that is open already stays as it is.
struct open_accounts {
  ec::stream<account> payer;
  ec::stream<account> payee;
  money payer_balance;
  money payee_balance;

  auto handle(const account& first, const account& second, ec::emit<open_accounts>& emit) const
    -> ec::result<> {
    if (!first.is_open)
      emit.to(payer, account_opened{payer_balance});
    if (!second.is_open)
      emit.to(payee, account_opened{payee_balance});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(open_accounts, (), (payer, payee, payer_balance, payee_balance))

/// Why `payer` cannot pay that amount to `payee`, if so.
inline auto objection(const account& payer, const account& payee, money amount)
  -> std::optional<rejection> {
  if (payer.balance < amount)
    return rejection::insufficient_funds;
  if (!fits(payee.balance, amount))
    return rejection::balance_too_high;
  return std::nullopt;
}

/// Executes an order: both accounts change, or neither. An order that must be rejected is recorded
/// as such, so that it is done as well.
struct transfer_money {
  std::string order;
  ec::stream<account> from;
  ec::stream<account> to;
  money amount;

  auto handle(const account& payer, const account& payee, ec::emit<transfer_money>& emit) const
    -> ec::result<> {
    EVENTCORE_REQUIRE(from != to && amount > money{}, "{} cannot pay {} to {}", from, amount, to);
    EVENTCORE_REQUIRE(payer.is_open && payee.is_open, not_open{payer.is_open ? to : from});
    if (const auto reason = objection(payer, payee, amount)) {
      emit.to(from, order_rejected{order, *reason});
      return {};
    }
    emit.to(from, money_withdrawn{order, to, amount});
    emit.to(to, money_deposited{order, from, amount});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(transfer_money, (), (order, from, to, amount))

} // namespace bank
