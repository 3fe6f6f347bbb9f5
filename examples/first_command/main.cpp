// begin: includes
#include <eventcore/command.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <cstdint>
#include <exception>

#include <fmt/core.h>
// end: includes

// clang-format off
// begin: domain
namespace ec = eventcore;

struct money_deposited { std::int64_t cents; };
BOOST_DESCRIBE_STRUCT(money_deposited, (), (cents))
struct money_withdrawn { std::int64_t cents; };
BOOST_DESCRIBE_STRUCT(money_withdrawn, (), (cents))

struct account { // what the events of one account stream add up to
  using events = ec::events<money_deposited, money_withdrawn>;
  std::int64_t balance = 0;
  void apply(const money_deposited& e) { balance += e.cents; }
  void apply(const money_withdrawn& e) { balance -= e.cents; }
};

struct transfer_money { // a command: every ec::stream in it is part of its boundary
  ec::stream<account> from;
  ec::stream<account> to;
  std::int64_t cents;

  auto handle(const account& source, const account&, ec::emit<transfer_money>& emit) const
    -> ec::result<> {
    EVENTCORE_REQUIRE(source.balance >= cents, "{} holds {}, needs {}", from, source.balance, cents);
    emit.to(from, money_withdrawn{cents});
    emit.to(to, money_deposited{cents});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(transfer_money, (), (from, to, cents))
// end: domain
// clang-format on

// begin: one-stream
struct deposit_money {
  ec::stream<account> to;
  std::int64_t cents;

  auto handle(const account&) const -> ec::result<money_deposited> {
    EVENTCORE_REQUIRE(cents > 0, "a deposit of {} cents is none", cents);
    return money_deposited{cents};
  }
};
BOOST_DESCRIBE_STRUCT(deposit_money, (), (to, cents))
// end: one-stream

// begin: main
auto main() -> int try {
  const auto store = ec::unwrap(ec::sqlite::open("first_command.db"));
  const ec::stream<account> alice{"alice"};
  const ec::stream<account> bob{"bob"};

  ec::unwrap(ec::execute(*store, deposit_money{alice, 1000}));
  if (const auto done = ec::execute(*store, transfer_money{alice, bob, 300}))
    fmt::print("moved at position {}\n", done->first.value);
  else
    fmt::print("{}\n", done.error().text());

  fmt::print("bob holds {}\n", ec::unwrap(ec::load(*store, bob)).state.balance);
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
// end: main
