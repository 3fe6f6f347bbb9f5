#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/testing/postgres_connection.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// A throwaway PostgreSQL server for tests. Link `eventcore::testing_postgres`.
namespace eventcore::testing {

/// How a throwaway server is made.
struct postgres_options {
  std::vector<std::string> settings{}; ///< lines of postgresql.conf
  std::filesystem::path parent =
    std::filesystem::temp_directory_path(); ///< holds the server's folder; any user may enter it
  std::string password{}; ///< of the superuser `eventcore`; empty: everybody is let in
};

/// A PostgreSQL server of a test's own: made by initdb in a new folder, run by a user without
/// rights (`postgres` or `nobody` when the test is root's), reached on a free port of 127.0.0.1 and
/// on a Unix socket in that folder. It is stopped and removed with the object, and soon after the
/// program's end when the program was killed. What a call cannot do throws `std::runtime_error`.
/// Its settings are the server's defaults: it is as durable as any.
class postgres_server {
public:
  using options = postgres_options;

  /// How the server is stopped: `smart` waits for its clients to leave, `fast` sends them away and
  /// keeps all in order, `immediate` is a crash that it recovers from when it starts.
  enum class shutdown : std::uint8_t { smart = 1, fast, immediate };

  /// Makes a server and starts it. Fails with `not_found` when no PostgreSQL is installed and says
  /// which package is missing, with `store_unavailable` and the server's words when it does not
  /// start.
  static auto start(const options& how = {}) -> result<std::unique_ptr<postgres_server>>;

  postgres_server(const postgres_server&) = delete;
  auto operator=(const postgres_server&) -> postgres_server& = delete;
  ~postgres_server();

  /// Where the superuser finds the database: over TCP, with the password when there is one.
  auto url(std::string_view database = "postgres") const -> std::string;

  /// The same over the Unix socket.
  auto socket_url(std::string_view database = "postgres") const -> std::string;

  auto port() const -> std::uint16_t { return port_; }

  /// The server's folder: `data` is in it, the socket, and its `log`.
  auto directory() const -> const std::filesystem::path& { return directory_; }

  /// The postmaster; -1 after `stop` and `kill`.
  auto pid() const -> ::pid_t { return postmaster_; }

  /// Whether the postmaster runs: it also ends by itself, when it cannot recover from a crash.
  auto is_running() -> bool;

  /// What the server wrote to its log.
  auto log() const -> std::string;

  // -- stopping and starting; from one thread at a time --

  /// Stops the server and waits for its end.
  void stop(shutdown how = shutdown::fast);

  /// Kills the postmaster with SIGKILL and waits until its children have gone, too.
  void kill();

  /// Starts the stopped or killed server on the same port and waits until it lets clients in.
  void start_again();

  /// `stop` and `start_again`.
  void restart(shutdown how = shutdown::fast);

  // -- behind a store's back; each call on a connection of its own --

  /// A connection of the superuser over the Unix socket.
  auto connect(std::string_view database = "postgres") const -> postgres_connection;

  void run(const std::string& sql, std::string_view database = "postgres") const;
  auto query(const std::string& sql, std::string_view database = "postgres") const -> postgres_rows;
  auto ask(const std::string& sql, std::string_view database = "postgres") const -> std::string;
  void create_database(std::string_view name) const;

private:
  postgres_server(const options& how, std::filesystem::path programs);

  void make_cluster(const options& how) const;
  void guard();
  void launch();
  void launch_on_free_port();

  auto user_part() const -> std::string;
  auto data() const -> std::string;
  auto log_file() const -> std::filesystem::path;
  auto socket_file() const -> std::filesystem::path;

  const std::filesystem::path programs_; ///< where initdb and postgres are
  const ::pid_t owner_; ///< the process that made the object; its forked children leave it alone
  std::string password_;
  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  ::pid_t postmaster_ = -1;
  ::pid_t guard_ = -1;
  int guarded_ = -1; ///< when this end of a pipe is closed, the guard acts
};

} // namespace eventcore::testing
