#pragma once

#include "sqlite_api.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace eventcore::sqlite {

/// How a connection opens its file.
enum class access : std::uint8_t {
  read = 1,    ///< for reading only
  read_frozen, ///< for reading a file that nobody can change: no locks, no files beside it
  write,       ///< for writing; the file exists
  create,      ///< for writing; the file is made when it does not exist
};

struct connection_options {
  std::filesystem::path file{};
  sqlite::access access = access::read;
  std::chrono::milliseconds busy_timeout{};
  std::size_t cache_bytes = 2 * 1024 * 1024;
};

/// One connection to the file: a session of SOCI over a handle that is opened and set up here,
/// because SOCI cannot open a file without making it and takes no name with quotes in it.
/// For one thread at a time. Throws `database_error`.
class connection {
public:
  explicit connection(const connection_options& options);
  connection(const connection&) = delete;
  auto operator=(const connection&) -> connection& = delete;

  auto session() -> soci::session& { return session_; }
  auto handle() const -> api::sqlite3*;

  /// Runs SQL that gives no rows.
  void run(const std::string& sql) { session_ << sql; }

  /// The one number that `sql` gives.
  auto number(const std::string& sql) -> long long;

  /// How many rows the last statement that writes has changed.
  auto changes() const -> int { return api::sqlite3_changes(handle()); }

  // -- transactions ---------------------------------------------------------

  // SOCI runs a prepared statement only when it is told to exchange data, even where there is none.
  void begin() { begin_.execute(true); }
  void begin_immediate() { begin_immediate_.execute(true); }
  void commit() { commit_.execute(true); }
  void roll_back() { roll_back_.execute(true); }
  auto in_transaction() const -> bool { return api::sqlite3_get_autocommit(handle()) == 0; }

  /// Whether the file that is open is no longer the one at its path.
  auto has_moved() const -> bool;

  /// How long the last call that met another process's lock waited for it.
  auto waited() const -> std::chrono::milliseconds { return busy_->waited; }

  /// Changes how long to wait for locks; zero: not at all.
  void wait_for_locks(std::chrono::milliseconds timeout) { busy_->timeout = timeout; }

  /// Changes how much of the file is kept in memory.
  void use_cache(std::size_t bytes) { run("PRAGMA cache_size = -" + std::to_string(bytes / 1024)); }

  /// Whether closing the last connection leaves the write-ahead log instead of copying it into the
  /// file.
  void leave_wal_on_close(bool leave);

  /// Throws the failure that `code` stands for unless it is SQLITE_OK.
  void check(int code) const;

private:
  struct busy_wait {
    std::chrono::milliseconds timeout{};
    std::chrono::steady_clock::time_point began{};
    std::chrono::milliseconds waited{};
  };

  static auto wait_again(void* state, int count) -> int;
  void open(const connection_options& options);

  std::unique_ptr<busy_wait> busy_ = std::make_unique<busy_wait>();
  soci::session session_;
  soci::statement begin_;
  soci::statement begin_immediate_;
  soci::statement commit_;
  soci::statement roll_back_;
};

} // namespace eventcore::sqlite
