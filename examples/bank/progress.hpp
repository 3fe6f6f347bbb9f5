#pragma once

#include <chrono>
#include <cstdint>

namespace bank {

/// A line on the terminal that says how far the program is. Writes nothing when the standard error
/// output is no terminal.
class progress {
public:
  progress();

  /// Shows that `orders` are done, a few times a second at most.
  void show(std::uint64_t orders);

  /// Removes the line, so that something else can be written there.
  void clear();

private:
  using clock = std::chrono::steady_clock;

  bool on_terminal_;
  bool shown_ = false;
  clock::time_point began_ = clock::now();
  clock::time_point last_ = began_;
};

} // namespace bank
