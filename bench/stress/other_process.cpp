#include "other_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace stress {

other_process::other_process(const std::function<void(int socket)>& serve) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error{errno, std::generic_category(), "socketpair"};
  process_ = fork();
  if (process_ < 0)
    throw std::system_error{errno, std::generic_category(), "fork"};
  socket_ = ends[process_ == 0 ? 1 : 0];
  close(ends[process_ == 0 ? 0 : 1]);
  if (process_ != 0)
    return;
  try {
    serve(socket_);
  } catch (const std::exception& error) {
    fmt::print(stderr, "eventcore-stress: a process ended: {}\n", error.what());
  }
  std::_Exit(0); // what its parent has open is not its to close
}

other_process::~other_process() {
  close(socket_);
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

auto other_process::hear() -> std::string {
  auto line = read_line(socket_);
  if (!line)
    throw std::runtime_error{"one of the processes is gone"};
  return std::move(*line);
}

} // namespace stress
