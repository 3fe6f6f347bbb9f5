// A program of today over the events of its first year.
#include "account.hpp"
#include "first_year.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/run.hpp>
#include <eventcore/schema.hpp>
#include <eventcore/stores/memory.hpp>

#include <exception>

#include <fmt/core.h>

namespace {

void show_balance(ec::event_store& store) {
  const auto alice = ec::unwrap(ec::load(store, ec::stream<account>{"alice"}));
  fmt::print("alice has {} cents at version {}\n", alice.state.cents, alice.head.version.value);
}

// begin: older-program
void try_older_program(ec::event_store& store) {
  const auto met = ec::execute(store, first_year::deposit{{"alice"}, 5});
  fmt::print("the older program: {}\n", met ? "wrote" : met.error().text());
  ec::unwrap(ec::execute(store, first_year::deposit{{"carol"}, 5})); // other streams go on
}
// end: older-program

} // namespace

auto main() -> int {
  try {
    const auto store = ec::memory::open();
    ec::unwrap(ec::execute(*store, first_year::work{{"alice"}}));
    show_balance(*store);
    ec::unwrap(ec::execute(*store, deposit{{"alice"}, 250}));
    show_balance(*store);
    withdrawals all;
    ec::unwrap(ec::run(*store, all));
    try_older_program(*store);
    ec::unwrap(ec::execute(*store, close_account{{"alice"}}));
    show_balance(*store);
    // begin: schema
    fmt::print("{}", ec::schema<account>().text());
    // end: schema
    return 0;
  } catch (const std::exception& failed) {
    fmt::print(stderr, "{}\n", failed.what());
    return 1;
  }
}
