#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace tool {

/// Takes SIGINT and SIGTERM on a thread of its own. The first one asks the command to stop when it
/// listens, else it ends the program with exit code 4 and says so; so does a later one. SIGPIPE is
/// ignored: writing fails then. To be made before other threads.
class interruption {
public:
  interruption();
  interruption(const interruption&) = delete;
  auto operator=(const interruption&) -> interruption& = delete;
  ~interruption();

  /// Is asked to stop by the first signal. From now on the command listens.
  auto token() -> std::stop_token;

private:
  void run();

  sigset_t signals_{};
  std::stop_source stop_;
  std::atomic<bool> listens_{false};
  std::atomic<bool> over_{false};
  std::jthread thread_;
};

} // namespace tool
