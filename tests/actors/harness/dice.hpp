#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace harness {

/// Mixes two numbers into one that says little about either.
inline auto mixed(std::uint64_t a, std::uint64_t b) -> std::uint64_t {
  auto x = a ^ (b + 0x9E3779B97F4A7C15 + (a << 6) + (a >> 2));
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

/// Random choices from a seed (splitmix64); the same on every machine, unlike the standard's distributions.
class dice {
public:
  explicit dice(std::uint64_t seed) : state_{seed} {}

  auto next() -> std::uint64_t {
    state_ += 0x9E3779B97F4A7C15;
    return mixed(state_, 0);
  }

  /// One of 0 .. bound - 1.
  auto below(std::uint64_t bound) -> std::uint64_t { return next() % bound; }

  /// One of least .. most.
  auto between(std::uint64_t least, std::uint64_t most) -> std::uint64_t {
    return least + below(most - least + 1);
  }

  auto chance(std::uint32_t percent) -> bool { return below(100) < percent; }

  /// True `thousandths` times in a thousand.
  auto rarely(std::uint32_t thousandths) -> bool { return below(1000) < thousandths; }

  template <class T>
  auto one_of(const std::vector<T>& all) -> const T& {
    return all[below(all.size())];
  }

private:
  std::uint64_t state_;
};

} // namespace harness
