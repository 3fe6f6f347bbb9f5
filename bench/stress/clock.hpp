#pragma once

#include <chrono>

namespace bench {

/// The seconds that `act` takes.
auto time_of(auto&& act) -> double {
  const auto begin = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration<double>{std::chrono::steady_clock::now() - begin}.count();
}

} // namespace bench
