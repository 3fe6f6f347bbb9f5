#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tool {

/// A line on the terminal that says how far long work is. Writes nothing when the standard error
/// output is no terminal. Not thread-safe. The line is removed with the object.
class progress {
public:
  /// `unit` is what is counted, as in "events"; `total` is 0 when it is not known.
  progress(std::string what, std::string unit, std::uint64_t total = 0);
  progress(const progress&) = delete;
  auto operator=(const progress&) -> progress& = delete;
  ~progress() { clear(); }

  /// Shows that so much is done, a few times a second at most.
  void show(std::uint64_t done);

  /// Removes the line, so that something else can be written there.
  void clear();

private:
  using clock = std::chrono::steady_clock;

  std::string what_;
  std::string unit_;
  std::uint64_t total_;
  bool on_terminal_;
  bool shown_ = false;
  clock::time_point began_ = clock::now();
  clock::time_point last_ = began_;
};

} // namespace tool
