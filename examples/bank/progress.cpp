#include "progress.hpp"

#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

namespace bank {

progress::progress() : on_terminal_{isatty(STDERR_FILENO) == 1} {}

void progress::show(std::uint64_t orders) {
  constexpr auto pause = std::chrono::milliseconds{100};
  if (!on_terminal_)
    return;
  const auto now = clock::now();
  if (shown_ && now - last_ < pause)
    return;
  last_ = now;
  shown_ = true;
  const std::chrono::duration<double> elapsed = now - began_;
  fmt::print(stderr, "\r{} orders, {:.0f} per second\x1b[K", orders,
             static_cast<double>(orders) / elapsed.count());
}

void progress::clear() {
  if (shown_)
    fmt::print(stderr, "\r\x1b[K");
  shown_ = false;
}

} // namespace bank
