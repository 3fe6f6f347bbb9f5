#include "signals.hpp"

#include "exit_code.hpp"

#include <chrono>
#include <string_view>
#include <unistd.h>

namespace tool {

interruption::interruption() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::jthread{[this] { run(); }};
}

interruption::~interruption() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGINT); // it waits for one
}

auto interruption::token() -> std::stop_token {
  listens_ = true;
  return stop_.get_token();
}

void interruption::run() {
  using clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds echo{200}; // timeout(1) sends each signal twice
  auto asked = clock::time_point::min();
  for (int which = 0; sigwait(&signals_, &which) == 0 && !over_;) {
    if (listens_ && stop_.request_stop()) {
      asked = clock::now();
      continue;
    }
    if (stop_.stop_requested() && clock::now() < asked + echo)
      continue;
    std::string_view text = "\neventcore: interrupted\n";
    if (::isatty(STDERR_FILENO) == 0)
      text.remove_prefix(1); // there is no ^C before it
    static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()));
    ::_exit(static_cast<int>(exit_code::refused)); // other threads may be in the middle of a call
  }
}

} // namespace tool
