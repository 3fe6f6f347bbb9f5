#include "signals.hpp"

#include <utility>

namespace bank {

signal_thread::signal_thread() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::jthread{[this] { run(); }};
}

signal_thread::~signal_thread() {
  over_ = true;
  over_.notify_all();
  if (!seen_.exchange(true))
    pthread_kill(thread_.native_handle(), SIGINT); // it waits for one
}

void signal_thread::run() {
  int which = 0;
  sigwait(&signals_, &which);
  if (seen_.exchange(true))
    return;
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr); // the next one ends the program, here
  {
    const std::lock_guard guard{mutex_};
    act_ ? act_() : static_cast<void>(std::raise(which));
  }
  over_.wait(false);
}

on_signal::on_signal(signal_thread& signals, std::function<void()> act) : signals_{signals} {
  const std::lock_guard guard{signals_.mutex_};
  signals_.act_ = [this, act = std::move(act)] { acting_ = std::jthread{act}; };
}

on_signal::~on_signal() {
  const std::lock_guard guard{signals_.mutex_};
  signals_.act_ = nullptr;
}

} // namespace bank
