#pragma once

#include "connection.hpp"
#include "writer.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace eventcore::sqlite {

/// Copies the write-ahead log into the database file beside the commits, on a thread and a
/// connection of its own, so that no commit pays for it. When the log has grown all the same, since
/// under constant load it never starts again by itself, writing pauses for one short round. A round
/// that fails is tried again later.
class wal_keeper {
public:
  struct limits {
    int pages = 0;                   ///< a round for so many new pages
    std::chrono::milliseconds age{}; ///< and for fewer after this time
  };

  wal_keeper(const connection_options& options, limits when, writer& pausing);
  wal_keeper(const wal_keeper&) = delete;
  auto operator=(const wal_keeper&) -> wal_keeper& = delete;
  ~wal_keeper();

  /// Takes note that the log holds `pages` pages. Called after each commit.
  void grown_to(int pages);

private:
  void run(const std::stop_token& stop);
  void keep();

  static constexpr int restart_factor = 2;  // of `pages`: when writing pauses for a restart
  static constexpr int truncate_factor = 8; // when the file is also made small again

  connection on_;
  const limits when_;
  writer& writer_;

  std::mutex guard_; // guards the three below
  std::condition_variable_any changed_;
  int pages_ = 0;
  int due_at_ = 0;
  bool fresh_ = false; // something was written since the last round

  std::jthread thread_; // last, so that it ends before all that it uses
};

} // namespace eventcore::sqlite
