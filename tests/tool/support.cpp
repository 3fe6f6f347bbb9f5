#include "tool/support.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <sys/wait.h>

#include <sqlite3.h>

namespace tool_test {

auto shell(const std::string& command) -> shell_outcome {
  ::setenv("EVENTCORE", PROGRAM_UNDER_TEST, 1);
  ::setenv("COMMAND", command.c_str(), 1);
  auto* const pipe = ::popen("exec bash -c \"$COMMAND\"", "r");
  if (!pipe)
    throw std::runtime_error{"no shell"};
  shell_outcome outcome;
  std::array<char, 4096> part{};
  for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    outcome.out.append(part.data(), got);
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

void run_sql(const std::string& file, const std::string& sql) {
  sqlite3* opened = nullptr;
  const int failed = sqlite3_open(file.c_str(), &opened);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> on{opened, &sqlite3_close};
  if (failed != SQLITE_OK
      || sqlite3_exec(on.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error{sqlite3_errmsg(on.get())};
}

} // namespace tool_test
