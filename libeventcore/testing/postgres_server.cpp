#include "eventcore/testing/postgres_server.hpp"

#include "processes.hpp"

#include "eventcore/ids.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace eventcore::testing {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// -- where PostgreSQL is installed --

// Where `pg_config` says that the programs are, if it is there. Debian puts them into no path.
auto configured_folder() -> fs::path {
  const std::unique_ptr<FILE, decltype([](FILE* pipe) { ::pclose(pipe); })> pipe{
    ::popen("pg_config --bindir 2>/dev/null", "r")};
  char line[4096] = {};
  if (!pipe || !std::fgets(line, sizeof line, pipe.get()))
    return {};
  std::string_view text{line};
  return fs::path{text.substr(0, text.find('\n'))};
}

// Debian's folders, the newest version first.
auto packaged_folders() -> std::vector<fs::path> {
  std::vector<std::pair<int, fs::path>> found;
  std::error_code none;
  for (const auto& each : fs::directory_iterator{"/usr/lib/postgresql", none}) {
    const auto name = each.path().filename().string();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    found.emplace_back(version, each.path() / "bin");
  }
  std::ranges::sort(found, std::greater{});
  const auto folders = found | std::views::values;
  return {folders.begin(), folders.end()};
}

auto folder_of_programs() -> std::optional<fs::path> {
  std::vector<fs::path> folders{configured_folder()};
  std::ranges::copy(packaged_folders(), std::back_inserter(folders));
  if (const auto* path = std::getenv("PATH"))
    for (const auto folder : std::string_view{path} | std::views::split(':'))
      folders.emplace_back(std::string_view{folder});
  for (const auto& folder : folders)
    if (!folder.empty() && ::access((folder / "initdb").c_str(), X_OK) == 0
        && ::access((folder / "postgres").c_str(), X_OK) == 0)
      return folder;
  return std::nullopt;
}

// -- ports --

// Where the ports begin that the kernel gives to clients.
auto first_client_port() -> std::uint16_t {
  std::uint16_t first = 32768;
  std::ifstream{"/proc/sys/net/ipv4/ip_local_port_range"} >> first;
  return first;
}

auto is_free(std::uint16_t port) -> bool {
  const auto probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0)
    throw std::runtime_error{fmt::format("no socket: {}", std::strerror(errno))};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto bound =
    ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return bound;
}

// Not one of those that clients get: while the server is stopped, one that tries to reach it could
// be given this very port and be connected to itself.
auto free_port() -> std::uint16_t {
  constexpr std::uint16_t first = 10'240;
  const auto end = first_client_port();
  const auto choices = end > first + 1000 ? end - first : 65'535 - first;
  for (int tries = 0; tries < 1000; ++tries) {
    const auto port =
      static_cast<std::uint16_t>(first + random_bits() % static_cast<std::uint64_t>(choices));
    if (is_free(port))
      return port;
  }
  throw std::runtime_error{"there is no free port on 127.0.0.1"};
}

// -- texts --

auto escaped(std::string_view text) -> std::string {
  std::string url;
  for (const char c : text)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
        || c == '_' || c == '.')
      url += c;
    else
      url += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return url;
}

auto content_of(const fs::path& file) -> std::string {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

// Between two looks at a process or server that tells nobody when it is ready.
void pause() { std::this_thread::sleep_for(5ms); }

constexpr auto patience = 60s;

} // namespace

// -- making --------------------------------------------------------------------------------------

postgres_server::postgres_server(const options& how, fs::path programs)
    : programs_{std::move(programs)}, owner_{::getpid()}, password_{how.password} {
  auto pattern = (fs::absolute(how.parent) / "eventcore-pg-XXXXXX").string();
  if (!::mkdtemp(pattern.data()))
    throw std::runtime_error{fmt::format("{}: {}", pattern, std::strerror(errno))};
  directory_ = pattern;
}

auto postgres_server::start(const options& how) -> result<std::unique_ptr<postgres_server>> {
  const auto programs = folder_of_programs();
  if (!programs)
    return fail(errc::not_found,
                "no PostgreSQL server is installed: neither pg_config, /usr/lib/postgresql nor "
                "PATH lead to initdb and postgres; install the package postgresql");
  try {
    std::unique_ptr<postgres_server> server{new postgres_server{how, *programs}};
    server->make_cluster(how);
    server->guard();
    server->launch_on_free_port();
    return server;
  } catch (const std::exception& error) {
    return fail(errc::store_unavailable,
                fmt::format("no PostgreSQL server for the test: {}", error.what()));
  }
}

void postgres_server::make_cluster(const options& how) const {
  const auto who = unprivileged_account();
  if (::chown(directory_.c_str(), who.user, who.group) != 0)
    throw std::runtime_error{fmt::format("{}: {}", directory_.string(), std::strerror(errno))};
  // Nothing that is in it yet needs to survive a power cut; what the server writes later does.
  command initdb{(programs_ / "initdb").string(),
                 "--pgdata=" + data(),
                 "--username=eventcore",
                 "--encoding=UTF8",
                 "--no-locale",
                 "--no-sync",
                 "--no-instructions"};
  const auto password_file = directory_ / "password";
  if (password_.empty()) {
    initdb.emplace_back("--auth=trust");
  } else {
    std::ofstream{password_file} << password_ << '\n';
    using enum fs::perms;
    fs::permissions(password_file, owner_read | owner_write | group_read
                                     | others_read); // in a folder that only the server enters
    initdb.emplace_back("--auth=scram-sha-256");
    initdb.push_back("--pwfile=" + password_file.string());
  }
  const auto status = wait_for(spawn(initdb, who, -1, log_file()));
  fs::remove(password_file);
  if (status != 0)
    throw std::runtime_error{"initdb failed: " + log()};
  std::ofstream settings{fs::path{data()} / "postgresql.conf", std::ios::app};
  settings << "listen_addresses = '127.0.0.1'\n"
           << "unix_socket_directories = '" << directory_.string() << "'\n";
  for (const auto& line : how.settings)
    settings << line << '\n';
  if (!settings.flush())
    throw std::runtime_error{"the server's settings cannot be written"};
}

// A program that is killed runs no destructor: a process of its own sees the pipe close, stops the
// server and removes its folder. (A signal on the parent's death would also come when the thread
// ends that started the server.)
void postgres_server::guard() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error{"no pipe"};
  guarded_ = ends[1];
  const command watch{"/bin/sh",
                      "-c",
                      R"(read -r _; "$1" stop -D "$2" -m immediate; rm -rf -- "$3")",
                      "guard",
                      (programs_ / "pg_ctl").string(),
                      data(),
                      directory_.string()};
  guard_ = spawn(watch, unprivileged_account(), ends[0], "/dev/null");
  ::close(ends[0]);
}

postgres_server::~postgres_server() {
  if (::getpid() != owner_)
    return;
  if (is_running())
    stop(shutdown::immediate);
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
  if (guard_ > 0) {
    ::close(guarded_);
    wait_for(guard_);
  }
}

// -- running -------------------------------------------------------------------------------------

void postgres_server::launch() {
  postmaster_ =
    spawn({(programs_ / "postgres").string(), "-D", data(), "-p", fmt::to_string(port_)},
          unprivileged_account(), -1, log_file());
  const auto give_up = std::chrono::steady_clock::now() + patience;
  const auto address = socket_url();
  while (PQping(address.c_str()) != PQPING_OK) {
    if (has_ended(postmaster_)) {
      postmaster_ = -1;
      throw std::runtime_error{"the server does not start: " + log()};
    }
    if (std::chrono::steady_clock::now() > give_up)
      throw std::runtime_error{"the server does not let clients in: " + log()};
    pause();
  }
}

// Between the choice of a port and the server's taking it, another program may have taken it.
void postgres_server::launch_on_free_port() {
  for (int tries_left = 4;; --tries_left) {
    port_ = free_port();
    if (socket_file().string().size() >= sizeof(sockaddr_un::sun_path))
      throw std::runtime_error{
        fmt::format("the path of its Unix socket would be too long: {}; give it a `parent` with a "
                    "shorter one",
                    socket_file().string())};
    try {
      return launch();
    } catch (const std::exception&) {
      if (tries_left == 0 || is_free(port_))
        throw;
    }
  }
}

void postgres_server::stop(shutdown how) {
  if (!is_running())
    throw std::runtime_error{"the server is stopped already"};
  const auto signal_of = [](shutdown mode) {
    switch (mode) {
    case shutdown::smart:
      return SIGTERM;
    case shutdown::fast:
      return SIGINT;
    case shutdown::immediate:
      return SIGQUIT;
    }
    return SIGQUIT;
  };
  ::kill(postmaster_, signal_of(how));
  wait_for(postmaster_);
  postmaster_ = -1;
}

void postgres_server::kill() {
  if (!is_running())
    throw std::runtime_error{"the server is stopped already"};
  // While it is stopped it makes no further child.
  int status = 0;
  ::kill(postmaster_, SIGSTOP);
  ::waitpid(postmaster_, &status, WUNTRACED);
  const auto children = children_of(postmaster_);
  ::kill(postmaster_, SIGKILL);
  wait_for(postmaster_);
  postmaster_ = -1;
  // They notice by themselves, most of them at once.
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (std::ranges::any_of(children, is_alive)) {
    if (std::chrono::steady_clock::now() > give_up)
      throw std::runtime_error{"the killed server's children live on"};
    pause();
  }
}

auto postgres_server::is_running() -> bool {
  if (postmaster_ > 0 && has_ended(postmaster_))
    postmaster_ = -1;
  return postmaster_ > 0;
}

void postgres_server::start_again() {
  if (is_running())
    throw std::runtime_error{"the server runs already"};
  launch();
}

void postgres_server::restart(shutdown how) {
  stop(how);
  start_again();
}

// -- reaching ------------------------------------------------------------------------------------

auto postgres_server::url(std::string_view database) const -> std::string {
  return fmt::format("postgresql://{}@127.0.0.1:{}/{}", user_part(), port_, escaped(database));
}

auto postgres_server::socket_url(std::string_view database) const -> std::string {
  return fmt::format("postgresql://{}@{}:{}/{}", user_part(), escaped(directory_.string()), port_,
                     escaped(database));
}

auto postgres_server::user_part() const -> std::string {
  return password_.empty() ? "eventcore" : "eventcore:" + escaped(password_);
}

auto postgres_server::data() const -> std::string { return (directory_ / "data").string(); }

auto postgres_server::log_file() const -> fs::path { return directory_ / "log"; }

auto postgres_server::socket_file() const -> fs::path {
  return directory_ / fmt::format(".s.PGSQL.{}", port_);
}

auto postgres_server::log() const -> std::string { return content_of(log_file()); }

auto postgres_server::connect(std::string_view database) const -> postgres_connection {
  return postgres_connection{socket_url(database)};
}

void postgres_server::run(const std::string& sql, std::string_view database) const {
  connect(database).run(sql);
}

auto postgres_server::query(const std::string& sql, std::string_view database) const
  -> postgres_rows {
  return connect(database).query(sql);
}

auto postgres_server::ask(const std::string& sql, std::string_view database) const -> std::string {
  return connect(database).ask(sql);
}

void postgres_server::create_database(std::string_view name) const {
  std::string quoted;
  for (const char c : name)
    quoted.append(c == '"' ? 2 : 1, c);
  run(fmt::format("CREATE DATABASE \"{}\"", quoted));
}

} // namespace eventcore::testing
