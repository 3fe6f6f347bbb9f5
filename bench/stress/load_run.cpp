#include "load_run.hpp"

#include "machine.hpp"
#include "opening.hpp"
#include "run.hpp"

#include <algorithm>
#include <cstdio>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace stress {

namespace {

using seconds = std::chrono::duration<double>;

/// The part of `whole` that round number `i` gets.
auto share(std::uint64_t whole, std::size_t i, std::size_t rounds) -> std::uint64_t {
  return whole * (i + 1) / rounds - whole * i / rounds;
}

} // namespace

load_run::load_run(const options& given)
    : given_{given}, store_{open_for_run(given)}, report_{begin_report(given)},
      work_{make_workload(given, head_of(*store_))}, base_{prepare()},
      clients_{*work_, given.clients(), given.seed}, host_{given, store_, batches_},
      limits_{given} {}

auto load_run::run() -> report {
  if (given_.preload > 0)
    warm_up();
  if (given_.scenario == scenario::touch)
    run_passes();
  else
    run_rounds();
  host_.stop();
  compare_lengths();
  const auto told = told_now();
  add_answers(report_, clients_, told, given_.concurrency);
  add_batches(report_, *batches_);
  report_.commands_per_s = rounded(median(report_.rounds));
  report_.events_per_s = rounded(median(events_per_s_));
  if (batches_->count() > 0)
    add_limits(report_, limits_, shape().rows());
  if (!of_section_.empty())
    report_.paired_ratio_to_section = rounded(median(of_section_));
  store_ = open_afresh(given_, std::move(store_));
  report_.checks = check_run(*store_, given_, told);
  if (auto flat = check_memory(given_, report_.memory); flat && !bench::keeps_freed_memory)
    report_.checks.push_back(std::move(*flat));
  return std::move(report_);
}

auto load_run::prepare() -> ec::log_position {
  const auto accounts = work_->accounts();
  const auto fill = [&](std::span<const ec::stream_id> some, std::uint64_t events) {
    fmt::print("  writing {} events on each of {} streams\n", events, some.size());
    std::fflush(stdout);
    preload(*store_, some, events);
  };
  if (given_.against) {
    fill(std::span{accounts}.first(given_.concurrency), given_.preload);
    fill(std::span{accounts}.subspan(given_.concurrency), *given_.against);
  } else if (given_.preload > 0) {
    fill(accounts, given_.preload);
  }
  work_->prepare(*store_);
  return head_of(*store_);
}

void load_run::warm_up() {
  const auto begin = std::chrono::steady_clock::now();
  host_.load(work_->accounts());
  fmt::print("  loaded them in {:.2f} s\n",
             seconds{std::chrono::steady_clock::now() - begin}.count());
}

void load_run::run_rounds() {
  for (std::size_t i = 0; i < given_.rounds && is_well(); ++i) {
    round_end end{.time = given_.duration / static_cast<std::int64_t>(given_.rounds)};
    if (given_.iterations)
      end.commands = share(*given_.iterations, i, given_.rounds);
    run_part(end, {.count = given_.concurrency});
    if (given_.against && is_well())
      run_part(end, {.first = given_.concurrency, .count = given_.concurrency, .timed = false});
    measure_limits();
  }
}

void load_run::run_passes() {
  for (std::size_t i = 0; i < given_.passes && is_well(); ++i) {
    run_part({.commands = given_.streams}, {.count = given_.concurrency});
    sample(seconds{report_.seconds});
  }
  measure_limits();
}

void load_run::run_part(const round_end& end, const part& who) {
  sampling watch;
  if (given_.soak)
    watch = {.every = given_.sample, .look = [this](seconds at) { sample(at); }};
  const auto before = told_now().sum(who.first, who.count);
  const seconds took = clients_.run(host_.sender(), end, who, watch);
  const auto after = told_now().sum(who.first, who.count);
  const auto per_second = [&](std::uint64_t more) {
    return static_cast<double>(more) / std::max(took.count(), 1e-9);
  };
  const auto rate = per_second(after.succeeded - before.succeeded);
  if (!who.timed) {
    against_.push_back(rate);
    return;
  }
  report_.seconds += took.count();
  report_.rounds.push_back(rounded(rate));
  events_per_s_.push_back(per_second(after.events - before.events));
  report_.rss_bytes = bench::resident_bytes();
}

void load_run::measure_limits() {
  if (batches_->count() == 0)
    return;
  limits_.measure(shape());
  of_section_.push_back(events_per_s_.back() / limits_.last_section());
}

void load_run::sample(seconds at) {
  const memory_sample now{rounded(at.count()), clients_.answered(), bench::resident_bytes()};
  fmt::print("  {:>8.0f} s {:>12} commands {:>8.1f} MiB resident\n", now.seconds, now.commands,
             static_cast<double>(now.rss_bytes) / (1024 * 1024));
  std::fflush(stdout);
  report_.memory.push_back(now);
}

void load_run::compare_lengths() {
  if (against_.empty())
    return;
  std::vector<double> ratios; // of neighbours: what else the machine does is the same for both
  for (std::size_t i = 0; i < against_.size(); ++i)
    ratios.push_back(report_.rounds[i] / std::max(against_[i], 1e-9));
  report_.against_commands_per_s = rounded(median(against_));
  report_.ratio_to_against = rounded(median(ratios));
}

auto load_run::shape() const -> bench::shape {
  const auto all = told_now().all();
  const auto each =
    static_cast<double>(all.events) / std::max(static_cast<double>(all.succeeded), 1.0);
  return shape_for(batches_->rows(), each, work_->streams());
}

auto load_run::is_well() const -> bool { return told_now().unanswered == 0; }

auto load_run::told_now() const -> told {
  auto now = clients_.told_so_far(base_);
  now.alone = !given_.shared;
  return now;
}

} // namespace stress
