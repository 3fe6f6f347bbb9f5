#include "entry.hpp"

#include <eventcore/view_type.hpp>

#include <algorithm>

#include <boost/describe/enum_to_string.hpp>
#include <fmt/format.h>

namespace bank {

void entry::apply(const account_opened& e) {
  what = type::opened;
  order.clear();
  other = {};
  amount = opened_with = balance = e.balance;
  ++openings;
}

void entry::apply(const money_withdrawn& e) {
  what = type::paid;
  order = e.order;
  other = e.to;
  amount = e.amount;
  balance = balance - e.amount;
}

void entry::apply(const money_deposited& e) {
  what = type::received;
  order = e.order;
  other = e.from;
  amount = e.amount;
  balance = balance + e.amount;
}

void entry::apply(const order_rejected& e) {
  what = type::rejected;
  order = e.order;
  other = {};
  amount = {};
  reason = e.reason;
}

auto advance(entry& last, const ec::recorded_event& event) -> ec::result<> {
  auto applied = ec::view_type_of<account, entry>.apply(&last, event);
  if (applied)
    return {};
  return ec::fail(applied.error().code,
                  fmt::format("event '{}' at position {} of stream {} is unreadable: {}",
                              event.type, event.position.value, event.stream,
                              applied.error().detail));
}

auto to_text(rejection reason) -> std::string {
  std::string name = boost::describe::enum_to_string(reason, "unknown");
  std::ranges::replace(name, '_', ' ');
  return name;
}

} // namespace bank
