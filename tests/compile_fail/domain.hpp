#pragma once

#include <eventcore/any_command.hpp>

#include <cstdint>

// What the wrong programs have in common. Each file beside this one makes one mistake; its first line says what the
// compiler's first error must say about it.

namespace ec = eventcore;

struct money_deposited {
  std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(money_deposited, (), (cents))

struct money_withdrawn {
  std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(money_withdrawn, (), (cents))

struct account {
  using events = ec::events<money_deposited, money_withdrawn>;
  std::int64_t balance = 0;
  void apply(const money_deposited& e) { balance += e.cents; }
  void apply(const money_withdrawn& e) { balance -= e.cents; }
};

struct stock_taken {
  std::int64_t count;
};
BOOST_DESCRIBE_STRUCT(stock_taken, (), (count))

struct stock {
  using events = ec::events<stock_taken>;
  std::int64_t taken = 0;
  void apply(const stock_taken& e) { taken += e.count; }
};

/// Has the compiler look at a command as every host of commands does.
template <class Command>
auto check(const Command& command) -> ec::any_command {
  return ec::any_command{command};
}
