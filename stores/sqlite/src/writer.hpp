#pragma once

#include "append_statements.hpp"
#include "errors.hpp"
#include "transaction.hpp"

#include "eventcore/detail/fifo_lock.hpp"
#include "eventcore/detail/head_watch.hpp"
#include "eventcore/stores/sqlite.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace eventcore::sqlite {

/// When a transaction that was committed is safe from the loss of power.
enum class durability : std::uint8_t {
  at_once = 1, ///< when its commit returns
  later,       ///< with the next one that is so at once
};

/// The one connection of a store that writes, and all that happens in its critical section. Callers
/// are served in the order they come. The connection is given up after a failure that it may not
/// survive and opened again by the next call.
class writer {
public:
  /// Called after each commit with the number of pages that the write-ahead log holds.
  using wal_observer = std::function<void(int pages)>;

  writer(std::filesystem::path file, sqlite_settings settings, detail::head_watch& watch,
         wal_observer observe);

  /// Opens the file, brings its schema up to date and checks that the heads fit. Throws.
  void open();

  /// Closes the connection, after which nothing more is written.
  void close();

  auto append(write_batch batch) -> std::vector<append_outcome>;
  auto find_commit(const write_set& set, log_position known) -> result<std::optional<committed>>;

  /// Moves checkpoints, does `work` if there is any, and commits both.
  auto transact(std::span<const checkpoint_move> moves, const transaction_work& work) -> result<>;

  /// Whether this thread is inside the work of a transaction, where it would wait for itself.
  auto is_working_here() const -> bool { return working_ == std::this_thread::get_id(); }

  /// Runs `act(connection&)` and commits what it wrote.
  template <class Act>
  auto transact(Act act, durability how = durability::at_once)
    -> std::invoke_result_t<Act, connection&>;

  /// Runs `act` while nobody of this store writes.
  template <class Act>
  void pause(Act act) {
    const std::lock_guard guard{lock_};
    act();
  }

  auto now() const -> timestamp;

private:
  struct live_connection {
    connection on;
    append_statements statements;
    bool powersafe; ///< a write that fails damages nothing beside it

    explicit live_connection(const connection_options& options);
  };

  /// While it lives, the connection syncs no commit; if it cannot be told to sync again, it is given
  /// up. Does nothing for a null writer, and while a failed commit must be overwritten for good.
  class unsynced_commits {
  public:
    explicit unsynced_commits(writer* of);
    unsynced_commits(const unsynced_commits&) = delete;
    auto operator=(const unsynced_commits&) -> unsynced_commits& = delete;
    ~unsynced_commits();

  private:
    writer* of_ = nullptr;
  };

  using sets = std::span<const write_set* const>;
  using slots = std::span<append_outcome* const>;

  /// A COMMIT that did not report success.
  struct failed_commit {
    int code = SQLITE_OK;
    std::string text{};
    bool rolled_back = false; ///< for certain, because the transaction was still open after it
  };

  // -- the critical section, under the lock ---------------------------------

  /// Commits `batch`, in halves when one of it is what the database refuses.
  void append_all(sets batch, slots outcomes);
  void append_once(sets batch, slots outcomes);
  auto write(sets batch, slots outcomes, log_position& known) -> std::optional<failed_commit>;
  auto commit(connection& on) -> std::optional<failed_commit>;

  // -- a COMMIT of unknown outcome ------------------------------------------

  /// Finds out what became of a batch and corrects its outcomes.
  void resolve(const failed_commit& error, sets batch, slots outcomes, log_position known);
  /// Whether the failed COMMIT could not have reached its end, so that nothing of it can reappear.
  auto is_incomplete(const failed_commit& error) const -> bool;
  auto unknown_outcome(std::string_view text) const -> failure;
  [[noreturn]] void raise_failed(const failed_commit& error);

  // -- the connection -------------------------------------------------------

  auto live() -> live_connection&;
  void drop_unless_sound(int code);
  auto waited() const -> std::chrono::milliseconds;
  auto failure_now() const -> failure { return current_failure(file_, waited()); }

  const std::filesystem::path file_;
  const sqlite_settings settings_;
  detail::head_watch& watch_; // is shown what was committed
  const wal_observer observe_;
  detail::fifo_lock lock_; // guards all below
  std::unique_ptr<live_connection> live_;
  // A commit failed and may still be in the write-ahead log, unseen, behind its last valid frame:
  // recovery after a crash would find it. The next commit overwrites it.
  bool fence_needed_ = false;
  bool spoiled_ = false; // statements of users may have left something on the connection
  checkpoint told_;      // the last commit that this writer knows to be durable
  std::atomic<std::thread::id> working_{}; // does the work of a transaction; read without the lock
};

template <class Act>
auto writer::transact(Act act, durability how) -> std::invoke_result_t<Act, connection&> {
  const std::lock_guard guard{lock_};
  try {
    auto& on = live().on;
    const unsynced_commits without_sync{how == durability::later ? this : nullptr};
    write_transaction section{on};
    auto outcome = act(on);
    if (outcome)
      if (const auto error = commit(on))
        raise_failed(*error);
    return outcome;
  } catch (const database_error& error) {
    auto failed = failure_now();
    drop_unless_sound(error.result());
    return std::unexpected{std::move(failed)};
  } catch (...) {
    auto failed = failure_now();
    if (fence_needed_)
      live_.reset();
    return std::unexpected{std::move(failed)};
  }
}

} // namespace eventcore::sqlite
