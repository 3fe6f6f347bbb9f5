#include "system_environment.hpp"

namespace eventcore {

auto system_moment() -> moment {
  return {std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()),
          std::chrono::steady_clock::now()};
}

auto system_random() -> double {
  constexpr auto mantissa_bits = 53;
  return static_cast<double>(random_bits() >> (64 - mantissa_bits))
         / static_cast<double>(1ULL << mantissa_bits);
}

} // namespace eventcore
