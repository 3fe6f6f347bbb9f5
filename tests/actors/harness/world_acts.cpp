#include "world.hpp"

#include <algorithm>

#include <caf/all.hpp>
#include <fmt/format.h>

// What a world goes through, from the first command to the end.
namespace harness {

namespace actors = eventcore::actors;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t most_steps_of_play = 20'000;
constexpr std::uint64_t most_steps_to_end = 50'000;
constexpr auto longest_rest = 60s; // of a projection

} // namespace

void world::play() {
  playing_ = true;
  const auto early = plan_.stops_early ? by_.between(50, 1500) : most_steps_of_play;
  const auto last = steps_ + early;
  while (steps_ < last && (started_ < plan_.commands || in_flight() > 0))
    step();
  playing_ = false;
}

void world::run_until_answered(std::uint64_t most_steps) {
  const auto last = steps_ + most_steps;
  while (in_flight() > 0) {
    if (steps_ > last)
      throw broken{fmt::format("{} commands are not answered after {} steps and {} ms", in_flight(),
                               most_steps, (now().time_since_epoch() - 1h) / 1ms)};
    step();
  }
}

void world::heal() {
  store_->heal();
  say("-- all is well from now on --");
  const auto began = now();
  const auto lag = lag_;
  run_until_answered(most_steps_to_end);
  // Each that waits may have to see some holders out that are no more.
  const auto longest =
    2s + (plan_.in_flight + plan_.streams) * (plan_.settings.streams.reservation_deadline + 50ms);
  if (const auto took = now() - began - (lag_ - lag); took > longest)
    throw broken{
      fmt::format("9: all was well, and it took {} ms until all was answered", took / 1ms)};
  const auto last = steps_ + most_steps_to_end;
  // Who was killed may not know it yet, and what was withdrawn lies with the log writer until it
  // tries the store again.
  while (run_one() || (context_->now.queued_bytes > 0 && pass_time()))
    if (++steps_ > last)
      throw broken{"all is answered, and the actors go on and on"};
}

void world::keep_snapshots() {
  if (by_snapshots_.rarely(plan_.snapshot_thousandths))
    context_->snapshots->flush();
  if (by_snapshots_.rarely(plan_.snapshot_damage_thousandths))
    damage_snapshot(store_->inner(),
                    stream_of(static_cast<std::uint32_t>(by_snapshots_.below(plan_.streams))).id(),
                    by_snapshots_.chance(70) ? "ledger" : "tally", by_snapshots_);
}

void world::probe() {
  const auto succeed = [&](call& made) {
    made.is_probe = true;
    ask(made);
    run_until_answered(most_steps_to_end);
  };
  for (std::uint32_t i = 0; i < plan_.streams; ++i)
    succeed(calls_.make_plain(i));
  succeed(calls_.make_survey_of_all());
}

void world::rest() {
  const auto& s = plan_.settings;
  const auto until =
    now() + 4 * (s.streams.idle_after + s.streams.reservation_deadline + s.log_writer.max_backoff)
    + 1s + (plan_.follow.is_on ? longest_rest : 0s); // timers of projections that have ended
  const auto last = steps_ + most_steps_to_end;
  for (;;) {
    if (++steps_ > last)
      throw broken{"nobody asks, and the actors go on and on"};
    if (run_one())
      continue;
    if (!scheduler_.has_pending_timeout() || scheduler_.clock().schedule().begin()->first > until)
      break;
    pass_time();
  }
  check_rest();
}

void world::check_rest() {
  const auto& gauges = context_->now;
  const auto expect_none = [](std::size_t count, const char* what) {
    if (count != 0)
      throw broken{fmt::format("at rest: {} {}", count, what)};
  };
  expect_none(gauges.queued_write_sets, "queued write sets");
  expect_none(gauges.queued_bytes, "queued bytes");
  expect_none(context_->gate->inside(), "commands inside the gate");
  expect_none(gauges.active_streams, "streams are active: reserved, waited for, or not durable");
  expect_none(scheduler_.clock().schedule().size(), "timers still go on");
  const auto standing = 4 + plan_.settings.readers + plan_.settings.coordinators;
  if (const auto running = system_.registry().running() - actors_before_; running != standing)
    throw broken{fmt::format("at rest: {} actors, {} should be left", running, standing)};
}

void world::stop() {
  say("-- the runtime is stopped --");
  context_->gate->close();
  context_->followers->close();
  auto ended = std::make_shared<std::promise<void>>();
  const auto all_ended = ended->get_future();
  caf::anon_send(node_, actors::stop{std::move(ended)});
  const auto dies_at = plan_.dies_stopping ? by_.below(30) : most_steps_to_end;
  for (std::uint64_t i = 0; i < most_steps_to_end; ++i) {
    ++steps_;
    if (i == dies_at)
      let_one_die();
    if (!run_one() && (system_.registry().running() == actors_before_ || !pass_time()))
      break;
  }
  if (const auto left = system_.registry().running() - actors_before_; left != 0)
    throw broken{fmt::format("stopping: {} actors are left", left)};
  if (all_ended.wait_for(0s) != std::future_status::ready)
    throw broken{"stopping: who waits for the end was not told"};
  stopped_ = true;
  rival_.reset();
  context_->followers->abandon();
  judge_projections();
  if (in_flight() > 0)
    throw broken{fmt::format("stopping left {} commands unanswered", in_flight())};
}

} // namespace harness
