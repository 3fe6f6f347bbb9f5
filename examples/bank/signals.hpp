#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

namespace bank {

/// Takes SIGINT and SIGTERM on a thread of its own. They end the program as ever, while there is no
/// `on_signal`. To be made before other threads: these leave the signals to it.
class signal_thread {
public:
  signal_thread();
  signal_thread(const signal_thread&) = delete;
  auto operator=(const signal_thread&) -> signal_thread& = delete;
  ~signal_thread();

private:
  friend class on_signal;

  void run();

  sigset_t signals_{};
  std::atomic<bool> seen_{false}; ///< one, be it the one that ends the thread
  std::atomic<bool> over_{false};
  std::mutex mutex_;
  std::function<void()> act_;
  std::jthread thread_;
};

/// While it is there, the first signal calls `act`, on a thread of its own, instead of ending the
/// program. A second one ends it.
class on_signal {
public:
  on_signal(signal_thread& signals, std::function<void()> act);
  on_signal(const on_signal&) = delete;
  auto operator=(const on_signal&) -> on_signal& = delete;

  /// Waits for `act` when it is running.
  ~on_signal();

private:
  signal_thread& signals_;
  std::jthread acting_;
};

} // namespace bank
