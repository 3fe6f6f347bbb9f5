#pragma once

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// The program that a test is about, run as its users run it.
namespace program {

/// A program that has ended.
struct finished {
  int code = -1;  ///< its exit code; -1 when a signal ended it
  int signal = 0; ///< that ended it
  std::string out;
  std::string err;
  long most_memory_kib = 0; ///< its peak resident set
};

/// A directory that is removed at the end of a test.
class scratch {
public:
  scratch();
  ~scratch();
  scratch(const scratch&) = delete;
  auto operator=(const scratch&) -> scratch& = delete;

  auto path(std::string_view name) const -> std::filesystem::path { return directory_ / name; }
  /// The URL of a SQLite store here.
  auto store(std::string_view name = "bank.db") const -> std::string;

private:
  std::filesystem::path directory_;
};

/// It while it runs. It is killed when it still does at the end.
class running {
public:
  /// Its standard error output goes to `terminal` when that is given.
  explicit running(const std::vector<std::string>& arguments, int terminal = -1);
  ~running();
  running(const running&) = delete;
  auto operator=(const running&) -> running& = delete;

  /// The next line of its standard output, without the line's end; nothing once that is closed. A
  /// last line without its end is none.
  auto read_line() -> std::optional<std::string>;

  /// Sends it a signal, SIGKILL if none is given.
  void kill(int signal = SIGKILL);

  /// Waits for its end, with what is left of its standard output.
  auto wait() -> finished;

private:
  auto read_more() -> bool;

  pid_t process_ = -1;
  int out_ = -1;
  int err_ = -1; // a file without a name
  std::string unread_;
};

/// Runs it to its end.
auto run(const std::vector<std::string>& arguments) -> finished;

} // namespace program
