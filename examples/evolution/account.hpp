#pragma once

#include <eventcore/command.hpp>
#include <eventcore/event_info.hpp>
#include <eventcore/kinds.hpp>
#include <eventcore/upcasting.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

// The bank's program as it is today.
namespace ec = eventcore;

// begin: events
struct money_deposited {
  static constexpr std::array<std::string_view, 1> aliases{"deposited"}; // what it was called
  static constexpr std::uint32_t type_version = 3;

  std::int64_t cents = 0;
  std::string currency;
  std::optional<std::string> note; // a member that may be missing needs no version
};
BOOST_DESCRIBE_STRUCT(money_deposited, (), (cents, currency, note))

struct money_withdrawn {
  std::int64_t cents = 0;
  std::string reason{"cash"};
  using added_later = ec::defaults<&money_withdrawn::reason>; // nor does one with a default
};
BOOST_DESCRIBE_STRUCT(money_withdrawn, (), (cents, reason))
// end: events

// begin: steps
inline void euros_to_cents(boost::json::object& payload) { // version 1 becomes version 2
  payload["cents"] = payload.at("euros").as_int64() * 100;
  payload.erase("euros");
}

inline void add_currency(boost::json::object& payload) { // version 2 becomes version 3
  payload["currency"] = "EUR";
}
// end: steps

// begin: split
inline auto split_transfer(boost::json::object payload) -> std::vector<ec::lifted> {
  const auto withdrawn = [](std::int64_t euros, std::string_view reason) {
    return ec::lifted{
      .type = "money_withdrawn",
      .version = 1,
      .payload = {{"cents", euros * 100}, {"reason", boost::json::string_view{reason}}}};
  };
  std::vector<ec::lifted> parts{withdrawn(payload.at("euros").as_int64(), "transfer")};
  if (const auto fee = payload.at("fee").as_int64(); fee > 0)
    parts.push_back(withdrawn(fee, "fee"));
  return parts;
}
// end: split

// begin: kind
struct account {
  using events = ec::events<money_deposited, money_withdrawn>;

  static constexpr std::array upcasters{
    ec::upcaster::step("money_deposited", 1, &euros_to_cents),
    ec::upcaster::step("money_deposited", 2, &add_currency),
    ec::upcaster::split("transferred", 1, &split_transfer),
    ec::upcaster::drop("interest_previewed"),
  };

  std::int64_t cents = 0;

  void apply(const money_deposited& e) { cents += e.cents; }
  void apply(const money_withdrawn& e) { cents -= e.cents; }
};
BOOST_DESCRIBE_STRUCT(account, (), (cents))
// end: kind

struct deposit {
  ec::stream<account> to;
  std::int64_t cents = 0;

  auto handle(const account&) const -> ec::result<money_deposited> {
    return money_deposited{cents, "EUR", "by hand"};
  }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to, cents))

// begin: close
struct close_account {
  ec::stream<account> which;

  auto handle(const account& found, ec::emit<close_account>& emit) const -> ec::result<> {
    if (found.cents > 0)
      emit.to(which, money_withdrawn{found.cents, "closing"});
    emit.close(which); // its last event says that the stream has ended
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(close_account, (), (which))
// end: close

// begin: projection
struct withdrawals {
  static constexpr std::string_view name = "withdrawals";
  using streams = ec::kinds<account>;

  void apply(const money_withdrawn& e, const ec::event_info& about) const {
    fmt::print("position {}, part {}: {} cents for {}\n", about.position.value, about.index,
               e.cents, e.reason);
  }
};
// end: projection
