#pragma once

#include <eventcore/command.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// A small domain for tests: accounts between which money moves, and orders that take stock.
namespace accounts {

namespace ec = eventcore;

struct money_deposited {
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(money_deposited, (), (cents))

struct money_withdrawn {
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(money_withdrawn, (), (cents))

struct account {
  using events = ec::events<money_deposited, money_withdrawn>;

  std::int64_t balance = 0;

  void apply(const money_deposited& e) { balance += e.cents; }
  void apply(const money_withdrawn& e) { balance -= e.cents; }
};

/// Another fold of an account's events.
struct deposit_count {
  std::int64_t deposits = 0;

  void apply(const money_deposited&) { ++deposits; }
  void apply(const money_withdrawn&) {}
};

struct deposit {
  ec::stream<account> to;
  std::int64_t cents = 0;

  auto handle(const account&) const -> ec::result<money_deposited> {
    return money_deposited{cents};
  }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to, cents))

struct insufficient_funds {
  std::string account;
  std::int64_t missing = 0;

  auto message() const -> std::string {
    return account + " lacks " + std::to_string(missing) + " cents";
  }
};
BOOST_DESCRIBE_STRUCT(insufficient_funds, (), (account, missing))

struct transfer {
  ec::stream<account> from;
  ec::stream<account> to;
  std::int64_t cents = 0;

  auto handle(const account& source, const account&, ec::emit<transfer>& emit) const
    -> ec::result<> {
    EVENTCORE_REQUIRE(cents > 0, "a transfer of {} cents moves nothing", cents);
    EVENTCORE_REQUIRE(source.balance >= cents,
                      insufficient_funds{from.id().text(), cents - source.balance});
    emit.to(from, money_withdrawn{cents});
    emit.to<&transfer::to>(money_deposited{cents});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(transfer, (), (from, to, cents))

// -- a shop -------------------------------------------------------------------

struct stock_added {
  std::int32_t pieces = 0;
};
BOOST_DESCRIBE_STRUCT(stock_added, (), (pieces))

struct stock_taken {
  std::int32_t pieces = 0;
};
BOOST_DESCRIBE_STRUCT(stock_taken, (), (pieces))

struct stock {
  using events = ec::events<stock_added, stock_taken>;

  std::int32_t pieces = 0;

  void apply(const stock_added& e) { pieces += e.pieces; }
  void apply(const stock_taken& e) { pieces -= e.pieces; }
};

struct item_listed {
  ec::stream<stock> item;
  std::int32_t pieces = 0;
};
BOOST_DESCRIBE_STRUCT(item_listed, (), (item, pieces))

struct order_shipped {};
BOOST_DESCRIBE_STRUCT(order_shipped, (), ())

struct order {
  using events = ec::events<item_listed, order_shipped>;

  std::map<ec::stream<stock>, std::int32_t> items;
  bool shipped = false;

  void apply(const item_listed& e) { items[e.item] += e.pieces; }
  void apply(const order_shipped&) { shipped = true; }
};

struct out_of_stock {
  ec::stream<stock> item;
  std::int32_t left = 0;
};
BOOST_DESCRIBE_STRUCT(out_of_stock, (), (item, left))

/// Finds in the order which stocks it takes from.
struct ship_order {
  ec::stream<order> which;

  auto discover(const order& found, const ec::many<stock>&) const -> ec::related<stock> {
    ec::related<stock> needed;
    for (const auto& [item, pieces] : found.items)
      needed.add(item);
    return needed;
  }

  auto handle(const order& found, const ec::many<stock>& stocks, ec::emit<ship_order>& emit) const
    -> ec::result<> {
    EVENTCORE_REQUIRE(!found.shipped, "{} is already shipped", which);
    for (const auto& [item, pieces] : found.items) {
      EVENTCORE_REQUIRE(stocks[item].pieces >= pieces, out_of_stock{item, stocks[item].pieces});
      emit.to(item, stock_taken{pieces});
    }
    emit.to(which, order_shipped{});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(ship_order, (), (which))

} // namespace accounts
