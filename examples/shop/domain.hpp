#pragma once

#include <eventcore/command.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/enum.hpp>
#include <boost/describe/enum_to_string.hpp>

/// A shop that sells no piece twice. All of its rules are in this file.
namespace shop {

namespace ec = eventcore;

// -- what can happen ----------------------------------------------------------

struct stock;
struct order;
struct payment;

/// Some pieces of one item, and what one of them costs.
struct order_line {
  ec::stream<stock> item;
  std::int64_t pieces = 0;
  std::int64_t price = 0; ///< all prices are in cents
};
BOOST_DESCRIBE_STRUCT(order_line, (), (item, pieces, price))

struct pieces_stocked {
  std::int64_t pieces = 0;
  std::int64_t price = 0; ///< from now on
};
BOOST_DESCRIBE_STRUCT(pieces_stocked, (), (pieces, price))

struct pieces_sold {
  ec::stream<order> to;
  std::int64_t pieces = 0;
  std::int64_t price = 0;
};
BOOST_DESCRIBE_STRUCT(pieces_sold, (), (to, pieces, price))

struct pieces_returned {
  ec::stream<order> from;
  std::int64_t pieces = 0;
  std::int64_t price = 0;
};
BOOST_DESCRIBE_STRUCT(pieces_returned, (), (from, pieces, price))

struct order_placed {
  std::string customer;
  std::vector<order_line> lines;
};
BOOST_DESCRIBE_STRUCT(order_placed, (), (customer, lines))

struct order_paid {
  ec::stream<payment> by;
};
BOOST_DESCRIBE_STRUCT(order_paid, (), (by))

struct order_cancelled {};
BOOST_DESCRIBE_STRUCT(order_cancelled, (), ())

struct payment_taken {
  ec::stream<order> pays;
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(payment_taken, (), (pays, cents))

struct payment_returned {};
BOOST_DESCRIBE_STRUCT(payment_returned, (), ())

// -- what that adds up to -----------------------------------------------------

/// One item on the shelf: `stock-teapot`.
struct stock {
  using events = ec::events<pieces_stocked, pieces_sold, pieces_returned>;

  std::int64_t left = 0;
  std::optional<std::int64_t> price; ///< unknown: nobody ever stocked it

  void apply(const pieces_stocked& e) {
    left += e.pieces;
    price = e.price;
  }
  void apply(const pieces_sold& e) { left -= e.pieces; }
  void apply(const pieces_returned& e) { left += e.pieces; }
};

enum class order_status { missing, open, paid, cancelled };
BOOST_DESCRIBE_ENUM(order_status, missing, open, paid, cancelled)

inline auto to_text(order_status status) -> const char* {
  return boost::describe::enum_to_string(status, "unknown");
}

inline auto total_of(const std::vector<order_line>& lines) -> std::int64_t {
  std::int64_t total = 0;
  for (const auto& line : lines)
    total += line.pieces * line.price;
  return total;
}

/// `order-1001`
struct order {
  using events = ec::events<order_placed, order_paid, order_cancelled>;

  order_status status = order_status::missing;
  std::vector<order_line> lines;
  std::optional<ec::stream<payment>> paid_by;

  void apply(const order_placed& e) {
    status = order_status::open;
    lines = e.lines;
  }
  void apply(const order_paid& e) {
    status = order_status::paid;
    paid_by = e.by;
  }
  void apply(const order_cancelled&) { status = order_status::cancelled; }
};

/// Money that came from outside, under the name that its provider gave it: `payment-tx-81`.
struct payment {
  using events = ec::events<payment_taken, payment_returned>;

  bool is_used = false;

  void apply(const payment_taken&) { is_used = true; }
  void apply(const payment_returned&) {}
};

// -- what can be wrong --------------------------------------------------------

// begin: errors
struct out_of_stock {
  ec::stream<stock> item;
  std::int64_t left = 0;
  std::int64_t wanted = 0;

  auto message() const -> std::string {
    return fmt::format("of {} there are {} left, not {}", item.key(), left, wanted);
  }
};
BOOST_DESCRIBE_STRUCT(out_of_stock, (), (item, left, wanted))
// end: errors

struct wrong_status {
  ec::stream<order> which;
  order_status status{};

  auto message() const -> std::string {
    return fmt::format("order {} is {}", which.key(), to_text(status));
  }
};
BOOST_DESCRIBE_STRUCT(wrong_status, (), (which, status))

// -- what can be asked of the shop --------------------------------------------

constexpr std::int64_t most = 1'000'000; ///< pieces and cents at a time, so that sums fit

struct restock {
  ec::stream<stock> item;
  std::int64_t pieces = 0;
  std::int64_t price = 0;

  auto handle(const stock&) const -> ec::result<pieces_stocked> {
    EVENTCORE_REQUIRE(pieces > 0 && pieces <= most, "{} pieces cannot be stocked", pieces);
    EVENTCORE_REQUIRE(price >= 0 && price <= most, "{} is no price", price);
    return pieces_stocked{pieces, price};
  }
};
BOOST_DESCRIBE_STRUCT(restock, (), (item, pieces, price))

// begin: place
/// Notes what a customer wants, at the prices of this moment: the stocks are only read, and still no
/// order is placed at a price that changed meanwhile. The pieces stay on the shelf until it is paid.
struct place_order {
  ec::stream<order> which;
  std::string customer;
  std::map<ec::stream<stock>, std::int64_t> wanted; ///< pieces

  auto handle(const order& found, const ec::many<stock>& stocks, ec::emit<place_order>& emit) const
    -> ec::result<> {
    EVENTCORE_REQUIRE(found.status == order_status::missing, wrong_status{which, found.status});
    EVENTCORE_REQUIRE(!wanted.empty(), "order {} is empty", which.key());
    order_placed placed{customer, {}};
    for (const auto& [item, pieces] : wanted) {
      const auto& [left, price] = stocks[item];
      EVENTCORE_REQUIRE(price, "{} is not sold here", item.key());
      EVENTCORE_REQUIRE(pieces > 0, "{} pieces cannot be bought", pieces);
      EVENTCORE_REQUIRE(pieces <= left, out_of_stock{item, left, pieces});
      placed.lines.push_back({item, pieces, *price});
    }
    emit.to(which, placed);
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(place_order, (), (which, customer, wanted))
// end: place

// begin: pay
/// Pays an order and takes its pieces from the shelf: all of that or nothing. Which stocks that are is
/// only known from the order.
struct pay_order {
  ec::stream<order> which;
  ec::stream<payment> by;
  std::int64_t cents = 0;

  auto discover(const order& found, const payment&, const ec::many<stock>&) const
    -> ec::related<stock> {
    ec::related<stock> shelf;
    for (const auto& line : found.lines)
      shelf.add(line.item);
    return shelf;
  }

  auto handle(const order& found, const payment& money, const ec::many<stock>& stocks,
              ec::emit<pay_order>& emit) const -> ec::result<> {
    EVENTCORE_REQUIRE(found.status == order_status::open, wrong_status{which, found.status});
    EVENTCORE_REQUIRE(!money.is_used, "payment {} was taken before", by.key());
    const auto due = total_of(found.lines);
    EVENTCORE_REQUIRE(cents == due, "{} cents are due, not {}", due, cents);
    for (const auto& [item, pieces, price] : found.lines) {
      const auto left = stocks[item].left;
      EVENTCORE_REQUIRE(pieces <= left, out_of_stock{item, left, pieces});
      emit.to(item, pieces_sold{which, pieces, price});
    }
    emit.to(by, payment_taken{which, cents});
    emit.to(which, order_paid{by});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(pay_order, (), (which, by, cents))
// end: pay

/// Cancels an order. One that was paid gets its money back, and the shelf its pieces.
struct cancel_order {
  ec::stream<order> which;

  auto discover(const order& found, const ec::many<stock>&, const ec::many<payment>&) const
    -> ec::related<stock, payment> {
    ec::related<stock, payment> touched;
    if (!found.paid_by)
      return touched;
    touched.add(*found.paid_by);
    for (const auto& line : found.lines)
      touched.add(line.item);
    return touched;
  }

  auto handle(const order& found, const ec::many<stock>&, const ec::many<payment>&,
              ec::emit<cancel_order>& emit) const -> ec::result<> {
    const bool is_paid = found.status == order_status::paid;
    EVENTCORE_REQUIRE(is_paid || found.status == order_status::open,
                      wrong_status{which, found.status});
    emit.to(which, order_cancelled{});
    if (!is_paid)
      return {};
    emit.to(*found.paid_by, payment_returned{});
    for (const auto& [item, pieces, price] : found.lines)
      emit.to(item, pieces_returned{which, pieces, price});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(cancel_order, (), (which))

} // namespace shop
