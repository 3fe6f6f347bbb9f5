#include "lines.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace stress {

void write_line(int to, std::string line) {
  line += '\n';
  for (std::size_t done = 0; done < line.size();) {
    const auto sent = send(to, line.data() + done, line.size() - done, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR)
      throw std::system_error{errno, std::generic_category(), "one of the processes is gone"};
    done += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  }
}

auto read_line(int from) -> std::optional<std::string> {
  std::string line;
  std::array<char, 4096> bytes{};
  while (!line.ends_with('\n')) {
    const auto got = read(from, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return std::nullopt;
    line.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return line;
}

} // namespace stress
