#include "processes.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <iterator>
#include <optional>
#include <pwd.h>
#include <stdexcept>
#include <string_view>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace eventcore::testing {

namespace {

class file {
public:
  file(const char* path, int flags) : number_{::open(path, flags | O_CLOEXEC, 0644)} {
    if (number_ < 0)
      throw std::runtime_error{std::string{path} + ": " + std::strerror(errno)};
  }
  file(const file&) = delete;
  auto operator=(const file&) -> file& = delete;
  ~file() { ::close(number_); }

  auto number() const -> int { return number_; }

private:
  int number_;
};

// In the child, between fork and exec: only calls that are safe there, since other threads of the
// program may hold locks that nobody here gives back.
[[noreturn]] void become(char* const* arguments, account who, int input, int output) {
  static constexpr const char* environment[] = {
    "LC_ALL=C", "TZ=UTC", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", nullptr};
  ::setpgid(0, 0);
  if (::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0)
    ::_exit(126);
  ::close_range(3, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(077);
  if (::geteuid() == 0
      && (::setgroups(1, &who.group) != 0 || ::setgid(who.group) != 0 || ::setuid(who.user) != 0))
    ::_exit(126);
  if (::chdir("/") == 0)
    ::execve(arguments[0], arguments, const_cast<char* const*>(environment));
  ::_exit(127);
}

struct entry {
  char state;
  ::pid_t parent;
};

// What /proc says about a process; nothing when it is gone.
auto look_up(::pid_t process) -> std::optional<entry> {
  std::ifstream in{"/proc/" + std::to_string(process) + "/stat"};
  const std::string line{std::istreambuf_iterator<char>{in}, {}};
  const auto name_end = line.rfind(')'); // the name may hold anything
  if (name_end == std::string::npos || line.size() < name_end + 5)
    return std::nullopt;
  entry found{.state = line[name_end + 2], .parent = 0};
  std::from_chars(line.data() + name_end + 4, line.data() + line.size(), found.parent);
  return found;
}

} // namespace

auto unprivileged_account() -> account {
  if (::geteuid() != 0)
    return {::geteuid(), ::getegid()};
  for (const auto* name : {"postgres", "nobody"})
    if (const auto* known = ::getpwnam(name))
      return {known->pw_uid, known->pw_gid};
  throw std::runtime_error{"PostgreSQL does not run as root, and there is neither a user postgres "
                           "nor a user nobody; run the test as another user"};
}

auto spawn(const command& run, account who, int input, const std::filesystem::path& output)
  -> ::pid_t {
  const file nothing{"/dev/null", O_RDONLY};
  const file out{output.c_str(), O_WRONLY | O_CREAT | O_APPEND};
  std::vector<char*> arguments;
  for (const auto& word : run)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const auto made = ::fork();
  if (made < 0)
    throw std::runtime_error{run[0] + ": no process: " + std::strerror(errno)};
  if (made == 0)
    become(arguments.data(), who, input < 0 ? nothing.number() : input, out.number());
  return made;
}

auto wait_for(::pid_t child) -> int {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

auto has_ended(::pid_t child) -> bool {
  int status = 0;
  return ::waitpid(child, &status, WNOHANG) != 0;
}

auto children_of(::pid_t parent) -> std::vector<::pid_t> {
  std::vector<::pid_t> children;
  for (const auto& each : std::filesystem::directory_iterator{"/proc"}) {
    const auto name = each.path().filename().string();
    ::pid_t process = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error != std::errc{} || end != name.data() + name.size())
      continue;
    if (const auto found = look_up(process); found && found->parent == parent)
      children.push_back(process);
  }
  return children;
}

auto is_alive(::pid_t process) -> bool {
  const auto found = look_up(process);
  return found && found->state != 'Z' && found->state != 'X';
}

} // namespace eventcore::testing
