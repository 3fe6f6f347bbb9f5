#include "latencies.hpp"
#include "limit_series.hpp"
#include "machine.hpp"
#include "opening.hpp"
#include "projections.hpp"
#include "run.hpp"
#include "verdict.hpp"

#include <eventcore/actors/runtime.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace stress {

namespace {

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

constexpr auto patience = 60s; // for what takes moments; else something is wrong

/// Writes down when events are applied, from a position on.
struct watcher {
  static constexpr std::string_view name = "stress-watcher";
  using streams = ec::kinds<account>;

  std::uint64_t base = 0;
  std::vector<std::int64_t> applied_at{}; ///< of `base + 1`, ...

  void apply(const money_deposited&, const ec::event_info& about) {
    applied_at.at(about.position.value - base - 1) = steady_now();
  }
};

auto microseconds(std::chrono::nanoseconds time) -> double {
  return rounded(std::chrono::duration<double, std::micro>{time}.count());
}

/// Runs the projection while `send` commits `count` events, and tells how late they were applied.
void measure_beats(host& on, ec::event_store& store, std::string what, std::uint64_t count,
                   const std::function<std::vector<beat>()>& send, report& into) {
  const auto head = ec::unwrap(store.head());
  const auto watching =
    std::make_shared<watcher>(watcher{head.position.value, std::vector<std::int64_t>(count)});
  const auto running = ec::unwrap(
    on.runtime().run(watching, {.until = ec::run_until::stopped, .from = ec::checkpoint_at(head)}));
  ec::unwrap(running.wait_until(head.position, patience));
  const auto sent = send();
  ec::unwrap(running.wait_until({head.position.value + count}, patience));
  running.stop();
  ec::unwrap(running.outcome().get());
  latencies took;
  for (const auto& one : sent)
    took.add(std::chrono::nanoseconds{std::max<std::int64_t>(
      watching->applied_at.at(one.position - watching->base - 1) - one.known_at, 0)});
  into.projections.push_back({.what = std::move(what),
                              .events = count,
                              .p50_us = microseconds(took.quantile(0.50)),
                              .p99_us = microseconds(took.quantile(0.99)),
                              .max_us = microseconds(took.longest())});
}

/// Projections beside the load, in memory, from where the log stands.
class beside {
public:
  beside(host& on, ec::event_store& store, std::size_t count)
      : head_{ec::unwrap(store.head())}, store_{store} {
    start(on, count, std::make_index_sequence<most_projections>{});
    for (const auto& one : running_)
      ec::unwrap(one.wait_until(head_.position, patience));
  }

  /// How many positions the last of them is behind.
  auto lag() const -> std::uint64_t {
    const auto head = ec::unwrap(store_.head()).position.value;
    std::uint64_t most = 0;
    for (const auto& one : running_)
      most = std::max(most, head - std::min(head, one.status().reached.position.value));
    return most;
  }

  /// Lets them come to the head and end; each must have applied all that was committed meanwhile.
  void end(verdict& right) {
    const auto head = ec::unwrap(store_.head()).position;
    for (const auto& one : running_) {
      ec::unwrap(one.wait_until(head, patience));
      one.stop();
      ec::unwrap(one.outcome().get());
    }
    std::uint64_t marks = 0;
    for (auto at = head_.position.value + 1; at <= head.value; ++at)
      marks += mark({at});
    for (const auto& sums : all_)
      right.require(sums->events == head.value - head_.position.value && sums->marks == marks,
                    "{} events were applied of the {} that were committed", sums->events,
                    head.value - head_.position.value);
  }

private:
  template <std::size_t... Numbers>
  void start(host& on, std::size_t count, std::index_sequence<Numbers...>) {
    ((Numbers < count ? start_one<Numbers>(on) : void()), ...);
  }

  template <std::size_t Number>
  void start_one(host& on) {
    const auto made = std::make_shared<balances<Number>>();
    all_.push_back({made, &made->sums});
    running_.push_back(ec::unwrap(
      on.runtime().run(made, {.until = ec::run_until::stopped, .from = ec::checkpoint_at(head_)})));
  }

  const ec::log_head head_;
  ec::event_store& store_;
  std::vector<std::shared_ptr<const money_sums>> all_;
  std::vector<ec::running_projection> running_;
};

/// The figures of one number of projections.
struct rates {
  std::size_t projections = 0;
  std::vector<double> commands_per_s{};
  std::vector<double> ratios{}; ///< to none, of the same round
  std::uint64_t lag = 0;
};

} // namespace

void measure_latency(const std::shared_ptr<ec::event_store>& store, const options& given,
                     beating_process* other, report& into) {
  host on{given, store, std::make_shared<batches>()};
  const beat_order wanted{given.beats, 2'000'000};
  measure_beats(
    on, *store, "latency, same process", wanted.count, [&] { return send_beats(*store, wanted); },
    into);
  if (other)
    measure_beats(
      on, *store, "latency, other process", wanted.count,
      [&] {
        other->ask(wanted);
        return other->wait();
      },
      into);
  on.stop();
}

void measure_load(host& on, ec::event_store& store, clients& load, const options& given,
                  report& into) {
  std::array<rates, 3> all{rates{0}, rates{1}, rates{most_projections}};
  verdict right{"projections_applied_each_event_once"};
  const auto parts = static_cast<std::int64_t>(given.rounds * all.size());
  for (std::size_t round = 0; round < given.rounds; ++round)
    for (auto& one : all) {
      beside running{on, store, one.projections};
      const auto before = load.told_so_far({}).all().succeeded;
      round_end end{.time = given.duration / parts};
      if (given.iterations)
        end.commands =
          std::max<std::uint64_t>(*given.iterations / static_cast<std::uint64_t>(parts), 1);
      const seconds took = load.run(on.sender(), end);
      one.lag = std::max(one.lag, running.lag());
      const auto more = load.told_so_far({}).all().succeeded - before;
      one.commands_per_s.push_back(static_cast<double>(more) / std::max(took.count(), 1e-9));
      one.ratios.push_back(one.commands_per_s.back() / all.front().commands_per_s.back());
      into.seconds += took.count();
      running.end(right);
    }
  for (auto& one : all) {
    into.projections.push_back({.what = fmt::format("load beside {}", one.projections),
                                .commands_per_s = rounded(median(one.commands_per_s)),
                                .ratio_to_none = rounded(median(one.ratios)),
                                .lag = one.lag});
    if (one.projections == 0) {
      into.rounds = one.commands_per_s;
      into.commands_per_s = rounded(median(one.commands_per_s));
      into.events_per_s = into.commands_per_s; // each deposits once
    }
  }
  into.checks.push_back(right.take());
}

void measure_sleeper(host& on, clients& load, const options& given, report& into) {
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> batches_taken{0};
  const auto subscribed =
    ec::unwrap(on.runtime().subscribe({.from = ec::from_now{}}, [&](const ec::log_batch&) {
      ++batches_taken;
      over.wait(false); // sleeps for as long as there is load
    }));
  const sampling watch{
    .every = given.sample, .look = [&](seconds at) {
      const memory_sample now{rounded(at.count()), load.answered(), bench::resident_bytes()};
      fmt::print("  {:>8.0f} s {:>12} commands {:>8.1f} MiB resident\n", now.seconds, now.commands,
                 static_cast<double>(now.rss_bytes) / (1024 * 1024));
      std::fflush(stdout);
      into.memory.push_back(now);
    }};
  load.run(on.sender(), {.time = given.sleep}, watch);
  verdict asleep{"subscriber_slept"};
  asleep.require(batches_taken == 1, "it was given {} batches", batches_taken.load());
  subscribed.close();
  over = true;
  over.notify_all();
  ec::unwrap(subscribed.outcome().get());
  into.checks.push_back(asleep.take());
  if (auto flat = check_memory(given, into.memory); flat && !bench::keeps_freed_memory)
    into.checks.push_back(std::move(*flat));
}

} // namespace stress
