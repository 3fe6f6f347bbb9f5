#pragma once

#include "teller.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace bank {

/// What became of the orders of an import.
struct summary {
  std::uint64_t executed = 0;
  std::map<rejection, std::uint64_t> rejected;
  std::uint64_t already_done = 0;
  std::uint64_t bad_lines = 0;
  std::uint64_t accounts_opened = 0;
  std::uint64_t retries = 0;

  void count(const settled& order);

  /// All orders that are done now.
  auto orders() const -> std::uint64_t;

  /// The text for people, several lines.
  auto text(std::chrono::duration<double> elapsed) const -> std::string;
};

} // namespace bank
