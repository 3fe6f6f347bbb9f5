#include "output.hpp"

#include <eventcore/detail/printable.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace tool {

namespace {

constexpr std::size_t buffered = 64 * 1024;

} // namespace

auto wants_colours(int descriptor) -> bool {
  const auto is_set = [](const char* name) {
    const char* const value = std::getenv(name);
    return value && *value != '\0';
  };
  const char* const kind = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && !is_set("NO_COLOR") && kind
         && std::string_view{kind} != "dumb";
}

output::output()
    : terminal_{::isatty(STDOUT_FILENO) == 1}, colours_{wants_colours(STDOUT_FILENO)} {}

void output::line(std::string_view text) {
  write(text);
  write("\n");
}

void output::write(std::string_view text) {
  if (!good())
    return;
  buffer_ += text;
  if (buffer_.size() >= buffered)
    flush();
}

void output::flush() {
  std::string_view left{buffer_};
  while (!left.empty() && good()) {
    const auto written = ::write(STDOUT_FILENO, left.data(), left.size());
    if (written >= 0)
      left.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      error_ = errno;
  }
  buffer_.clear();
}

auto output::reader_left() const -> bool {
  pollfd out{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

auto output::width() const -> std::size_t {
  winsize size{};
  if (!terminal_ || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
    return 0;
  return size.ws_col;
}

auto output::dressed(std::string_view text, std::string_view style) const -> std::string {
  return colours_ ? fmt::format("\x1b[{}m{}\x1b[0m", style, text) : std::string{text};
}

void write_aside(std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

void complain(std::string_view text) {
  const auto shown = eventcore::detail::printable(text, std::string_view::npos);
  const bool coloured = wants_colours(STDERR_FILENO);
  write_aside(fmt::format("{}eventcore:{} {}\n", coloured ? "\x1b[31m" : "",
                          coloured ? "\x1b[0m" : "", shown));
}

} // namespace tool
