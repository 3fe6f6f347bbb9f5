#include "progress.hpp"

#include "output.hpp"

#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace tool {

progress::progress(std::string what, std::string unit, std::uint64_t total)
    : what_{std::move(what)}, unit_{std::move(unit)}, total_{total},
      on_terminal_{::isatty(STDERR_FILENO) == 1} {}

void progress::show(std::uint64_t done) {
  constexpr auto pause = std::chrono::milliseconds{100};
  if (!on_terminal_)
    return;
  const auto now = clock::now();
  if (now - last_ < pause)
    return;
  last_ = now;
  shown_ = true;
  const std::chrono::duration<double> elapsed = now - began_;
  const auto share = total_ == 0 ? std::string{} : fmt::format(" of {}", total_);
  write_aside(fmt::format("\r{}: {}{} {}, {:.0f} per second\x1b[K", what_, done, share, unit_,
                          static_cast<double>(done) / elapsed.count()));
}

void progress::clear() {
  if (shown_)
    write_aside("\r\x1b[K");
  shown_ = false;
}

} // namespace tool
