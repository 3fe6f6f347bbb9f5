#include "pg_dump.hpp"

#include <eventcore/detail/partial_file.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <libpq-fe.h>
#include <memory>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

extern char** environ;

namespace tool {

namespace {

namespace fs = std::filesystem;

/// What pg_dump is told beside its options.
struct connection {
  std::string words;    ///< as libpq's keywords, without the password
  std::string password; ///< empty: none was given
};

auto quoted(std::string_view value) -> std::string {
  std::string text{"'"};
  for (const char c : value) {
    if (c == '\'' || c == '\\')
      text += '\\';
    text += c;
  }
  return text + "'";
}

/// The schemes that stores add to libpq's: keywords behind `postgresql:`.
auto for_libpq(const std::string& url) -> std::string {
  const auto colon = url.find(':');
  return url.compare(colon, 3, "://") == 0 ? url : url.substr(colon + 1);
}

auto connection_of(const std::string& url) -> ec::result<connection> {
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
    PQconninfoParse(for_libpq(url).c_str(), &problem), &PQconninfoFree};
  const std::unique_ptr<char, decltype(&PQfreemem)> owned{problem, &PQfreemem};
  if (!options)
    return ec::fail(ec::errc::invalid_argument,
                    "the store's URL is not one that libpq understands");
  connection found;
  for (const auto* option = options.get(); option->keyword; ++option) {
    if (!option->val)
      continue;
    if (std::string_view{option->keyword} == "password")
      found.password = option->val;
    else if (std::string_view{option->dispchar} == "*")
      return ec::fail(ec::errc::invalid_argument,
                      fmt::format("pg_dump can be given '{}' of the store's URL only where all see "
                                  "it, in the process list; use a key without a password, or run "
                                  "pg_dump by hand",
                                  option->keyword));
    else
      found.words += fmt::format("{}{}={}", found.words.empty() ? "" : " ", option->keyword,
                                 quoted(option->val));
  }
  return found;
}

/// pg_dump's pattern for exactly this schema.
auto schema_pattern(std::string_view schema) -> std::string {
  std::string pattern{"\""};
  for (const char c : schema)
    pattern += c == '"' ? std::string{"\"\""} : std::string{c};
  return pattern + "\"";
}

auto pointers_to(std::vector<std::string>& texts) -> std::vector<char*> {
  std::vector<char*> pointers;
  for (auto& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

auto environment_with(const std::string& password) -> std::vector<std::string> {
  std::vector<std::string> variables;
  for (char** each = environ; *each; ++each)
    if (password.empty() || !std::string_view{*each}.starts_with("PGPASSWORD="))
      variables.emplace_back(*each);
  if (!password.empty())
    variables.push_back("PGPASSWORD=" + password);
  return variables;
}

/// Runs it with signals as they are for programs, and gives its status; -1 when it cannot be run. It
/// shares the file's lock: when this program is killed nobody else has the file before it has ended.
auto run(std::vector<std::string> arguments, std::vector<std::string> variables, int file,
         const std::stop_token& stop) -> int {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, file, file); // it is not closed there
  pid_t process = -1;
  const int failed = posix_spawnp(&process, arguments.front().c_str(), &files, &attributes,
                                  pointers_to(arguments).data(), pointers_to(variables).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  errno = failed;
  if (failed != 0)
    return -1;
  {
    const std::stop_callback ending{stop, [process] { ::kill(process, SIGTERM); }};
    siginfo_t ended{};
    while (::waitid(P_PID, static_cast<id_t>(process), &ended, WEXITED | WNOWAIT) < 0
           && errno == EINTR) {
    }
  }
  int status = -1; // it is there to be killed until here
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

} // namespace

auto run_pg_dump(const store_location& store, const fs::path& to, const std::stop_token& stop)
  -> ec::result<> {
  const auto reached = connection_of(store.url);
  if (!reached)
    return std::unexpected{reached.error()};
  using ec::detail::partial_file;
  auto made = partial_file::open(to, partial_file::when_left::removed);
  if (!made)
    return std::unexpected{std::move(made.error())};
  const std::vector<std::string> arguments{
    "pg_dump", "--format=custom", "--schema=" + schema_pattern(store.settings.postgres.schema),
    "--file=" + made->path().string(), "--dbname=" + reached->words};
  const auto status = run(arguments, environment_with(reached->password), made->descriptor(), stop);
  if (status < 0)
    return ec::fail(ec::errc::not_found,
                    fmt::format("pg_dump cannot be run ({}); install PostgreSQL's client programs "
                                "(Debian: postgresql-client), or run it where they are: pg_dump "
                                "--format=custom --schema='{}' --file='{}' and the database",
                                std::strerror(errno), arguments[2].substr(9), to.string()));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return ec::fail(ec::errc::store_unavailable,
                    fmt::format("pg_dump made no copy of the store ({} {}); it said above why",
                                WIFEXITED(status) ? "exit code" : "signal",
                                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)));
  return made->put_in_place();
}

} // namespace tool
