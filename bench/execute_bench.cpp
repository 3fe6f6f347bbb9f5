// One thread executing deposits on the memory store: what a whole command costs without a disk.
#include "machine.hpp"

#include <eventcore/command.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/stores/memory.hpp>

#include <cstdint>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace ec = eventcore;

struct money_deposited {
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(money_deposited, (), (cents))

struct account {
  using events = ec::events<money_deposited>;
  std::int64_t balance = 0;
  void apply(const money_deposited& e) { balance += e.cents; }
};

struct deposit {
  ec::stream<account> to;
  std::int64_t cents = 0;

  auto handle(const account&) const -> ec::result<money_deposited> {
    EVENTCORE_REQUIRE(cents > 0, "a deposit of {} is none", cents);
    return money_deposited{cents};
  }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to, cents))

namespace {

constexpr std::size_t streams_per_store = 100'000;

auto all_accounts() -> const std::vector<ec::stream<account>>& {
  static const auto accounts = [] {
    std::vector<ec::stream<account>> made;
    made.reserve(streams_per_store);
    for (std::size_t i = 0; i < streams_per_store; ++i)
      made.push_back(ec::unwrap(ec::stream<account>::of(fmt::format("{:07}", i))));
    return made;
  }();
  return accounts;
}

// Every execution finds its stream with as many events as the argument says.
void deposit_on_stream_of(benchmark::State& state) {
  const auto& accounts = all_accounts();
  std::shared_ptr<ec::event_store> store;
  auto next = accounts.end();
  for (auto _ : state) {
    if (next == accounts.end()) {
      state.PauseTiming();
      store = ec::memory::open();
      for (std::int64_t i = 0; i < state.range(0); ++i)
        for (const auto& account : accounts)
          ec::unwrap(ec::execute(*store, deposit{account, 1}));
      next = accounts.begin();
      state.ResumeTiming();
    }
    const auto done = ec::execute(*store, deposit{*next++, 100});
    if (!done)
      state.SkipWithError(done.error().text().c_str());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(deposit_on_stream_of)->Arg(0)->Arg(10)->MinTime(1.0);

} // namespace

auto main(int argc, char** argv) -> int {
  bench::print_machine();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
