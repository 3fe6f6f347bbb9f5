#pragma once

#include <eventcore/command.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

// What the scenarios are about, written as a user would. Every event is 200 bytes of JSON.
namespace stress {

namespace ec = eventcore;

/// Makes an event's payload long: `payload_bytes` in all, for amounts of one digit.
inline constexpr std::size_t payload_bytes = 200;
inline auto note(std::size_t others) -> std::string {
  return std::string(payload_bytes - others - std::string_view{R"("note":"")"}.size(), 'x');
}

// -- money --------------------------------------------------------------------

struct money_deposited {
  std::int64_t cents = 0;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(money_deposited, (), (cents, note))

struct money_withdrawn {
  std::int64_t cents = 0;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(money_withdrawn, (), (cents, note))

struct account {
  using events = ec::events<money_deposited, money_withdrawn>;
  std::int64_t balance = 0;
  void apply(const money_deposited& e) { balance += e.cents; }
  void apply(const money_withdrawn& e) { balance -= e.cents; }
};
BOOST_DESCRIBE_STRUCT(account, (), (balance))

inline auto money_note() -> std::string { return note(std::string_view{R"({"cents":1,})"}.size()); }

struct deposit {
  ec::stream<account> to;
  std::int64_t cents = 0;

  auto handle(const account&) const -> ec::result<money_deposited> {
    EVENTCORE_REQUIRE(cents > 0, "a deposit of {} cents is none", cents);
    return money_deposited{cents, money_note()};
  }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to, cents))

struct transfer {
  ec::stream<account> from;
  ec::stream<account> to;
  std::int64_t cents = 0;

  auto handle(const account&, const account&, ec::emit<transfer>& emit) const -> ec::result<> {
    emit.to<&transfer::from>(money_withdrawn{cents, money_note()});
    emit.to<&transfer::to>(money_deposited{cents, money_note()});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(transfer, (), (from, to, cents))

/// Writes nothing: makes a runtime load the stream before the clock runs.
struct look_at {
  ec::stream<account> which;

  auto handle(const account&, ec::emit<look_at>&) const -> ec::result<> { return {}; }
};
BOOST_DESCRIBE_STRUCT(look_at, (), (which))

// -- a shop -------------------------------------------------------------------

struct pieces_received {
  std::int64_t pieces = 0;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(pieces_received, (), (pieces, note))

struct pieces_taken {
  std::int64_t pieces = 0;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(pieces_taken, (), (pieces, note))

struct stock {
  using events = ec::events<pieces_received, pieces_taken>;
  std::int64_t pieces = 0;
  void apply(const pieces_received& e) { pieces += e.pieces; }
  void apply(const pieces_taken& e) { pieces -= e.pieces; }
};
BOOST_DESCRIBE_STRUCT(stock, (), (pieces))

inline auto pieces_note() -> std::string {
  return note(std::string_view{R"({"pieces":1,})"}.size());
}

struct article_wished {
  ec::stream<stock> article;
};
BOOST_DESCRIBE_STRUCT(article_wished, (), (article))

struct order_placed {
  std::string note;
};
BOOST_DESCRIBE_STRUCT(order_placed, (), (note))

/// Sorts behind the stocks that it names: what is discovered is always lower than what is held.
struct wish_list {
  using events = ec::events<article_wished, order_placed>;
  std::set<ec::stream<stock>> articles;
  void apply(const article_wished& e) { articles.insert(e.article); }
  void apply(const order_placed&) {}
};

struct receive_pieces {
  ec::stream<stock> where;
  std::int64_t pieces = 0;

  auto handle(const stock&) const -> ec::result<pieces_received> {
    return pieces_received{pieces, pieces_note()};
  }
};
BOOST_DESCRIBE_STRUCT(receive_pieces, (), (where, pieces))

/// Orders a piece of each article on the list; refused when one is out of stock.
struct order_wishes {
  ec::stream<wish_list> of;

  auto discover(const wish_list& list, const ec::many<stock>&) const -> ec::related<stock> {
    ec::related<stock> needed;
    needed.add(list.articles);
    return needed;
  }

  auto handle(const wish_list&, const ec::many<stock>& stocks, ec::emit<order_wishes>& emit) const
    -> ec::result<> {
    for (const auto& [article, state] : stocks) {
      EVENTCORE_REQUIRE(state.pieces > 0, "{} is out of stock", article);
      emit.to(article, pieces_taken{1, pieces_note()});
    }
    emit.to(of, order_placed{note(2)});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(order_wishes, (), (of))

} // namespace stress
