#include "eventcore/execute.hpp"

#include "system_environment.hpp"

#include "eventcore/detail/head_watch.hpp"
#include "eventcore/load.hpp"
#include "eventcore/wait_until.hpp"

#include <algorithm>
#include <thread>
#include <variant>

namespace eventcore {

namespace {

template <class... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};

// One deadline for all of them.
void await_projections(event_store& store, const execute_options& options, executed& done) {
  const auto deadline = detail::deadline_after(options.await_deadline);
  const log_position last{done.count > 0 ? done.first.value + done.count - 1 : 0};
  for (const auto& name : options.await) {
    const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto shown =
      wait_until(store, name, last, std::max(left, std::chrono::milliseconds::zero()));
    done.awaited.push_back({.name = name, .reached = shown.has_value()});
  }
}

} // namespace

auto execute(event_store& store, const any_command& command, const execute_options& options,
             const environment& around) -> result<executed> {
  const auto now = [&] { return around.now ? around.now() : system_moment(); };
  execution run{command, options, *around.ids, around.random ? around.random : system_random};
  auto action = run.start(now());
  while (!std::holds_alternative<execution::done>(action)) {
    const auto perform = overloaded{
      [&](const execution::load& load) {
        auto states = load_states(store, load.wanted, around.snapshots);
        return states ? run.loaded(std::move(*states), now())
                      : run.load_failed(std::move(states.error()), now());
      },
      [&](const execution::append& append) {
        return run.appended(store.append(*append.set), now());
      },
      [&](const execution::wait& wait) {
        if (around.sleep)
          around.sleep(wait.delay);
        else
          std::this_thread::sleep_for(wait.delay);
        return run.woke(now());
      },
      [&](const execution::done& done) -> execution::action { return done; },
    };
    action = std::visit(perform, action);
  }
  auto& outcome = std::get<execution::done>(action).outcome;
  if (outcome)
    await_projections(store, options, *outcome);
  return std::move(outcome);
}

} // namespace eventcore
