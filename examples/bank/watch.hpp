#pragma once

#include "bank.hpp"
#include "signals.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace bank {

struct watch_settings {
  std::size_t accounts = 10; ///< how many are shown
  std::chrono::milliseconds every{500};
  std::optional<std::chrono::milliseconds> duration{}; ///< unset: until a signal comes
  std::optional<std::uint64_t> updates{};              ///< how often it is shown
};

/// Keeps the read model `balances` and shows it again and again: in place on a terminal, else a line
/// each time. Ends after the time or number given, or at a signal, which is no failure here.
auto watch(ec::runtime& runtime, signal_thread& signals, const watch_settings& settings)
  -> exit_code;

} // namespace bank
