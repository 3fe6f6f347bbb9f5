#include "plan.hpp"

#include "dice.hpp"

#include <chrono>

namespace harness {

namespace {

using std::chrono::milliseconds;

void choose_settings(plan& made, dice& by) {
  auto& s = made.settings;
  s.coordinators = by.between(1, 3);
  s.readers = by.between(1, 2);
  s.streams.max_active = by.chance(50) ? by.between(1, 3) : 100;
  s.streams.idle_after = milliseconds{by.between(5, 300)};
  s.streams.max_waiters = 1000;
  s.streams.reservation_deadline = milliseconds{by.between(10, 400)};
  s.log_writer.max_batch = by.chance(80) ? by.between(1, 5) : 100;
  s.log_writer.max_batch_bytes = by.chance(20) ? 600 : 1'000'000;
  s.log_writer.max_backoff = milliseconds{by.between(1, 60)};
}

void choose_load(plan& made, dice& by) {
  made.streams = static_cast<std::uint32_t>(by.between(2, 5));
  made.commands = static_cast<std::uint32_t>(by.between(8, 28));
  made.in_flight = static_cast<std::uint32_t>(by.between(2, 14));
  made.start_percent = static_cast<std::uint32_t>(by.between(2, 40));
  constexpr std::string_view actors[] = {"",
                                         "",
                                         "eventcore.log-writer",
                                         "eventcore.log-writer",
                                         "eventcore.coordinator",
                                         "eventcore.stream",
                                         "eventcore.reader",
                                         "eventcore.router",
                                         "eventcore.node"};
  made.slow = actors[by.below(std::size(actors))];
}

void choose_bounds(plan& made, dice& by) {
  if (by.chance(10))
    made.settings.streams.max_waiters = by.between(1, 3);
  if (by.chance(10))
    made.settings.commands.max_bytes = 400;
  if (by.chance(5))
    made.most_in_gate = 2;
}

void choose_faults(plan& made, dice& by) {
  auto& f = made.faults;
  const auto often = [&] {
    return by.chance(50) ? 0U : static_cast<std::uint32_t>(by.between(10, 200));
  };
  f.unavailable = often();
  f.in_part = often();
  f.lost_answer = often();
  f.lost_request = often();
  f.throws_before = often() / 2;
  f.throws_after = often() / 2;
  f.stays_away = 300;
  f.lookup_unavailable = often();
  f.lookup_cannot_tell = often() / 2;
  f.lookup_throws = often() / 2;
  f.read_unavailable = often();
  f.read_throws = often() / 2;
}

} // namespace

namespace {

void choose_followers(plan& made, dice& by, bool leases) {
  auto& f = made.follow;
  f.is_on = by.chance(40);
  f.page = by.between(1, 7);
  f.save_events = by.between(1, 6);
  f.save_interval = milliseconds{by.between(1, 50)};
  const auto takeover = milliseconds{by.between(20, 400)};
  f.has_rival = by.chance(60);
  f.rival_percent = static_cast<std::uint32_t>(by.between(1, 30));
  f.rival_dies_thousandths = static_cast<std::uint32_t>(by.below(100));
  const auto often = [&] { return static_cast<std::uint32_t>(by.below(100)); };
  f.trouble = {
    .dies_before = often(), .dies_after = often(), .lost_request = often(), .lost_answer = often()};
  if (leases)
    f.takeover = by.chance(80) ? takeover : milliseconds{0};
  if (made.trouble == trouble::none || made.trouble == trouble::strangers) {
    f.has_rival = false; // it could make a run of one program end
    f.trouble = {};
  }
  if (!leases)
    f.has_rival = false; // of two without a lease, one ends
}

} // namespace

auto plan_of(std::uint64_t seed, bool leases) -> plan {
  dice by{mixed(seed, 0x504C414E)};
  plan made;
  made.seed = seed;
  constexpr trouble kinds[] = {trouble::none,   trouble::strangers, trouble::faults,
                               trouble::deaths, trouble::deaths,    trouble::all,
                               trouble::all,    trouble::all};
  made.trouble = kinds[by.below(std::size(kinds))];
  choose_settings(made, by);
  choose_load(made, by);
  made.faults.seed = by.next();
  const bool all = made.trouble == trouble::all;
  if (made.trouble != trouble::none)
    made.special = by.chance(70);
  if (made.trouble == trouble::strangers || all) {
    made.faults.stranger = static_cast<std::uint32_t>(by.below(250));
    made.stranger_thousandths = static_cast<std::uint32_t>(by.below(20));
  }
  if (made.trouble == trouble::faults || all)
    choose_faults(made, by);
  if (made.trouble == trouble::deaths || all) {
    made.deaths = static_cast<std::uint32_t>(by.between(1, 8));
    made.death_thousandths = static_cast<std::uint32_t>(by.between(2, 30));
    made.dies_stopping = by.chance(20);
  }
  made.rests_first = by.chance(50);
  dice others{mixed(seed, 0x464F4C4C)}; // so that the rest of the plan stays as it was
  choose_followers(made, others, leases);
  dice kept{mixed(seed, 0x534E4150)};
  made.settings.snapshots.every = kept.chance(30) ? 0 : kept.between(1, 6);
  made.snapshot_thousandths = static_cast<std::uint32_t>(kept.between(1, 200));
  made.snapshot_damage_thousandths = static_cast<std::uint32_t>(kept.below(30));
  if (made.trouble >= trouble::faults) {
    made.timer_percent = by.chance(50) ? static_cast<std::uint32_t>(by.between(1, 10)) : 0;
    made.stops_early = by.chance(15);
    choose_bounds(made, by);
  }
  return made;
}

auto to_string(trouble what) -> std::string_view {
  switch (what) {
  case trouble::none:
    return "none";
  case trouble::strangers:
    return "strangers";
  case trouble::faults:
    return "faults";
  case trouble::deaths:
    return "deaths";
  case trouble::all:
    return "all";
  }
  return "?";
}

} // namespace harness
