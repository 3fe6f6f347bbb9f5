#pragma once

#include "read_models.hpp"
#include "support/faulty_store.hpp"

#include "eventcore/actors/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace harness {

/// What kind of trouble a run has.
enum class trouble : std::uint8_t {
  none, ///< no fault, no death, time passes only when nobody can do anything: no retry, no lapse
  strangers, ///< another program writes, too; else as above: no lapse
  faults,    ///< the store fails
  deaths,    ///< actors die
  all,
};

/// What a run is like, all of it from its seed. The numbers are small so that all collide.
struct plan {
  std::uint64_t seed = 0;
  harness::trouble trouble = trouble::none;

  eventcore::runtime_settings settings;
  std::size_t most_in_gate = 1000;
  support::fault_plan faults;

  std::uint32_t streams = 3;
  std::uint32_t commands = 20;
  std::uint32_t in_flight = 6;     ///< commands at a time
  std::uint32_t start_percent = 5; ///< of the steps begin a command, if one may begin
  std::uint32_t timer_percent = 0; ///< of the steps let time pass although somebody could go on
  std::uint32_t stranger_thousandths = 0;
  std::uint32_t deaths = 0;
  std::uint32_t death_thousandths = 0;
  std::string_view slow{};  ///< actors of this name are run seldom
  bool special = false;     ///< request ids, short deadlines, expectations, views that throw
  bool stops_early = false; ///< the runtime is stopped while commands are in flight
  bool dies_stopping = false;

  std::uint32_t snapshot_thousandths = 0; ///< of the steps let what waits be saved
  std::uint32_t snapshot_damage_thousandths = 0;

  /// Two projections run in the runtime, one of them in another program, too.
  struct {
    bool is_on = false;
    std::size_t page = 100;
    std::uint64_t save_events = 100;
    std::chrono::milliseconds save_interval{};
    std::chrono::milliseconds takeover{}; ///< only where leases know the simulated time
    bool has_rival = false;
    std::uint32_t rival_percent = 0; ///< of the steps are one of the rival
    std::uint32_t rival_dies_thousandths = 0;
    transaction_trouble trouble;
  } follow;

  bool rests_first =
    false; ///< all streams are let go before it is looked whether they can be written to
};

/// `leases`: whether the leases of the store know the simulated time.
auto plan_of(std::uint64_t seed, bool leases) -> plan;

auto to_string(trouble what) -> std::string_view;

} // namespace harness
