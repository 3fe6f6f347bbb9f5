#include "execute_all.hpp"

#include <eventcore/load.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

namespace bank {

namespace {

using execution = ec::execution;

auto now() -> ec::moment {
  return {std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()),
          std::chrono::steady_clock::now()};
}

auto random() -> double {
  constexpr auto bits = 53; // of a double's mantissa
  return static_cast<double>(ec::random_bits() >> (64 - bits)) / static_cast<double>(1ULL << bits);
}

/// One command under way: what it is to do next, or its outcome.
struct running {
  execution run;
  execution::action next;

  explicit running(const task& one)
      : run{one.command, one.options, ec::random_ids(), random}, next{run.start(now())} {}
};

/// The commands whose next action is an `Action`.
template <class Action>
auto waiting_for(std::vector<running>& all) -> std::vector<running*> {
  std::vector<running*> found;
  for (auto& one : all)
    if (std::holds_alternative<Action>(one.next))
      found.push_back(&one);
  return found;
}

auto load_all(ec::event_store& store, std::vector<running>& all) -> bool {
  const auto loading = waiting_for<execution::load>(all);
  for (auto* one : loading) {
    auto states = ec::load_states(store, std::get<execution::load>(one->next).wanted);
    one->next = states ? one->run.loaded(std::move(*states), now())
                       : one->run.load_failed(std::move(states.error()), now());
  }
  return !loading.empty();
}

auto append_all(ec::event_store& store, std::vector<running>& all) -> bool {
  const auto appending = waiting_for<execution::append>(all);
  if (appending.empty())
    return false;
  std::vector<ec::write_set> batch;
  batch.reserve(appending.size());
  for (const auto* one : appending)
    batch.push_back(*std::get<execution::append>(one->next).set);
  auto outcomes = store.append(batch);
  for (std::size_t i = 0; i < appending.size(); ++i)
    appending[i]->next = appending[i]->run.appended(std::move(outcomes[i]), now());
  return true;
}

auto wait_for_all(std::vector<running>& all) -> bool {
  const auto waiting = waiting_for<execution::wait>(all);
  if (waiting.empty())
    return false;
  std::chrono::microseconds longest{};
  for (const auto* one : waiting)
    longest = std::max(longest, std::get<execution::wait>(one->next).delay);
  std::this_thread::sleep_for(longest);
  for (auto* one : waiting)
    one->next = one->run.woke(now());
  return true;
}

} // namespace

auto execute_all(ec::event_store& store, std::span<const task> tasks)
  -> std::vector<ec::result<ec::executed>> {
  std::vector<running> all;
  all.reserve(tasks.size());
  for (const auto& one : tasks)
    all.emplace_back(one);
  while (load_all(store, all) || append_all(store, all) || wait_for_all(all)) {
  }
  std::vector<ec::result<ec::executed>> outcomes;
  outcomes.reserve(all.size());
  for (auto& one : all)
    outcomes.push_back(std::move(std::get<execution::done>(one.next).outcome));
  return outcomes;
}

} // namespace bank
