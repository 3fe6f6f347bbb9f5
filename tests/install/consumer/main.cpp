#include <eventcore/command.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/sqlite.hpp>
#include <eventcore/testing/scenario.hpp>

#include <cstdint>
#include <exception>

#include <fmt/core.h>

// A program of somebody who has only the installed library: tries a deposit without a store, then
// deposits 2.50 on each store that its arguments name, and on one in memory.
namespace ec = eventcore;

struct money_deposited {
  std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(money_deposited, (), (cents))

struct account {
  using events = ec::events<money_deposited>;
  std::int64_t balance = 0;
  void apply(const money_deposited& e) { balance += e.cents; }
};

struct deposit {
  ec::stream<account> to;
  std::int64_t cents;

  auto handle(const account&) const -> ec::result<money_deposited> {
    EVENTCORE_REQUIRE(cents > 0, "a deposit of {} is none", cents);
    return money_deposited{cents};
  }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to, cents))

auto main(int argc, char** argv) -> int {
  try {
    ec::backends backends;
    ec::memory::add_to(backends);
    ec::sqlite::add_to(backends);

    const ec::stream<account> alice{"alice"};
    ec::testing::given()
      .when(deposit{alice, 250})
      .then(ec::testing::on(alice, money_deposited{250}));
    for (int i = 0; i < argc; ++i) {
      const auto* url = i == 0 ? "memory:" : argv[i];
      const auto store = ec::unwrap(backends.open(url));
      ec::unwrap(ec::execute(*store, deposit{alice, 250}));
      fmt::print("alice holds {} in {}\n", ec::unwrap(ec::load(*store, alice)).state.balance, url);
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
