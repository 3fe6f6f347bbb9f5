#include "program.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

extern char** environ;

namespace program {

namespace {

auto checked(int result, const char* what) -> int {
  if (result < 0)
    throw std::system_error{errno, std::generic_category(), what};
  return result;
}

auto spawn(const std::vector<std::string>& arguments, int out, int err) -> pid_t {
  std::vector<std::string> texts{PROGRAM_UNDER_TEST};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  pid_t process = -1;
  const int failed =
    posix_spawn(&process, PROGRAM_UNDER_TEST, &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    throw std::system_error{failed, std::generic_category(), PROGRAM_UNDER_TEST};
  return process;
}

auto read_whole(int file) -> std::string {
  std::string text(
    static_cast<std::size_t>(checked(static_cast<int>(lseek(file, 0, SEEK_END)), "lseek")), '\0');
  const auto got = pread(file, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(got < 0 ? 0 : got));
  return text;
}

} // namespace

scratch::scratch() {
  auto name = (std::filesystem::temp_directory_path() / "program-test-XXXXXX").string();
  if (!mkdtemp(name.data()))
    throw std::system_error{errno, std::generic_category(), "mkdtemp"};
  directory_ = name;
}

scratch::~scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

auto scratch::store(std::string_view name) const -> std::string {
  return "sqlite:" + path(name).string();
}

running::running(const std::vector<std::string>& arguments, int terminal) {
  std::array<int, 2> ends{};
  checked(pipe2(ends.data(), O_CLOEXEC), "pipe2");
  out_ = ends[0];
  err_ = checked(memfd_create("stderr", MFD_CLOEXEC), "memfd_create");
  process_ = spawn(arguments, ends[1], terminal < 0 ? err_ : terminal);
  close(ends[1]);
}

running::~running() {
  if (process_ > 0) {
    kill();
    waitpid(process_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

auto running::read_more() -> bool {
  std::array<char, 4096> bytes{};
  ssize_t got = 0;
  do {
    got = read(out_, bytes.data(), bytes.size());
  } while (got < 0 && errno == EINTR);
  unread_.append(bytes.data(), static_cast<std::size_t>(got < 0 ? 0 : got));
  return got > 0;
}

auto running::read_line() -> std::optional<std::string> {
  auto end = unread_.find('\n');
  while (end == unread_.npos) {
    if (!read_more())
      return std::nullopt;
    end = unread_.find('\n');
  }
  auto line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

void running::kill(int signal) { ::kill(process_, signal); }

auto running::wait() -> finished {
  while (read_more()) {
  }
  int status = 0;
  rusage used{};
  checked(wait4(process_, &status, 0, &used), "wait4");
  process_ = -1;
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
          .out = std::move(unread_),
          .err = read_whole(err_),
          .most_memory_kib = used.ru_maxrss};
}

auto run(const std::vector<std::string>& arguments) -> finished {
  return running{arguments}.wait();
}

} // namespace program
