#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace support {

/// What becomes of the next COMMIT that passes.
enum class commit_fault : std::uint8_t {
  lost = 1,   ///< it does not reach the server, and the connection breaks on both sides
  unanswered, ///< the server does it, its answer does not reach the client, and the connection breaks
  left_behind, ///< it reaches the server, and the client loses the connection before it is done; the
               ///< server's side stays open
};

/// Stands between clients and a PostgreSQL server of this machine, reads along, and breaks
/// connections at a chosen moment. Clients come with sslmode=disable and gssencmode=disable. All
/// connections break with the object.
class postgres_proxy {
public:
  explicit postgres_proxy(std::uint16_t server_port);
  postgres_proxy(const postgres_proxy&) = delete;
  auto operator=(const postgres_proxy&) -> postgres_proxy& = delete;
  ~postgres_proxy();

  /// Where clients reach the server through it, on 127.0.0.1.
  auto port() const -> std::uint16_t { return port_; }

  /// Lets the next COMMIT of any connection meet with `what`; with `away`, no connection can be made
  /// from then on until `come_back`.
  void fail_next_commit(commit_fault what, bool away = false);

  /// Whether the fault asked for last has happened.
  auto has_failed() const -> bool;

  /// Breaks all connections.
  void cut_all();

  /// Breaks all connections and lets nobody in until `come_back`.
  void go_away();
  void come_back();

  /// Statements that read exactly `from` reach the server as `to`: those that are sent or prepared
  /// from now on. An empty `from` ends it.
  void replace(std::string from, std::string to);

  /// How many statements were replaced.
  auto replaced() const -> int { return replaced_; }

private:
  class link;

  void accept_all();
  auto take_fault() -> std::optional<commit_fault>;
  auto translated(const std::string& sql) -> std::string;

  const std::uint16_t server_port_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> away_ = false;
  std::atomic<int> replaced_ = 0;

  mutable std::mutex mutex_; // for what follows
  std::optional<commit_fault> fault_;
  bool away_after_fault_ = false;
  bool failed_ = false;
  std::string from_;
  std::string to_;
  std::list<std::unique_ptr<link>> links_;

  std::jthread acceptor_; // the last, so that it ends before the rest goes
};

} // namespace support
