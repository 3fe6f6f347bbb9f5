#pragma once

#include "domain.hpp"

#include <eventcore/projection.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

/// What the shop shows: read models that projections keep.
namespace shop {

// begin: order-summaries
/// What customers see of their orders.
struct order_summaries {
  static constexpr std::string_view name = "order_summaries";
  using streams = ec::kinds<order>;

  struct summary {
    std::string customer;
    std::int64_t pieces = 0;
    std::int64_t total = 0;
    order_status status{};
  };
  std::map<std::string, summary, std::less<>> orders; ///< by number

  void apply(const order_placed& e, const ec::event_info& about) {
    auto& made = orders[std::string{about.key()}];
    made = {.customer = e.customer, .total = total_of(e.lines), .status = order_status::open};
    for (const auto& line : e.lines)
      made.pieces += line.pieces;
  }
  void apply(const order_paid&, const ec::event_info& about) {
    orders.find(about.key())->second.status = order_status::paid;
  }
  void apply(const order_cancelled&, const ec::event_info& about) {
    orders.find(about.key())->second.status = order_status::cancelled;
  }
  void reset() { orders.clear(); }
};
// end: order-summaries

/// What is on the shelf, and how well it sells.
struct catalogue {
  static constexpr std::string_view name = "catalogue";
  using streams = ec::kinds<stock>;

  struct entry {
    std::int64_t price = 0;
    std::int64_t left = 0;
    std::int64_t sold = 0;
    std::int64_t earned = 0;
  };
  std::map<std::string, entry, std::less<>> items; ///< by name

  void apply(const pieces_stocked& e, const ec::event_info& about) {
    auto& item = items[std::string{about.key()}];
    item.left += e.pieces;
    item.price = e.price;
  }
  void apply(const pieces_sold& e, const ec::event_info& about) {
    move(about, e.pieces, e.pieces * e.price);
  }
  void apply(const pieces_returned& e, const ec::event_info& about) {
    move(about, -e.pieces, -e.pieces * e.price);
  }
  void reset() { items.clear(); }

private:
  void move(const ec::event_info& about, std::int64_t pieces, std::int64_t cents) {
    auto& item = items.find(about.key())->second;
    item.left -= pieces;
    item.sold += pieces;
    item.earned += cents;
  }
};

} // namespace shop
