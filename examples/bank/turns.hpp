#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace bank {

/// Keeps those who have a name in common in the order in which they came, and lets all others pass.
class turns {
public:
  using number = std::uint64_t;

  /// `who` came for these names, each given once. True when it is its turn; else it waits until
  /// `leave` gives its number.
  auto enter(number who, std::vector<std::string> names) -> bool;

  /// `who` is through. Gives those whose turn it is now.
  auto leave(number who) -> std::vector<number>;

private:
  struct place {
    std::vector<std::string> names;
    std::size_t waits_at = 0; ///< how many of the names somebody before it still has
  };

  std::unordered_map<number, place> places_;
  std::unordered_map<std::string, std::deque<number>> queues_; ///< by name
};

} // namespace bank
