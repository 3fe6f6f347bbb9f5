#pragma once

#include "append_statements.hpp"
#include "connector.hpp"

#include "eventcore/detail/fifo_lock.hpp"
#include "eventcore/detail/head_watch.hpp"
#include "eventcore/detail/restored_part.hpp"
#include "eventcore/event_store.hpp"

#include <memory>
#include <span>
#include <vector>

namespace eventcore::postgres {

/// The one connection of a store that writes, and all that happens in its critical section. Callers
/// are served in the order they come. The connection is given up after a failure that it may not
/// survive and opened again by the next call.
class writer {
public:
  /// `watch` is shown what was committed.
  writer(connector& from, store_settings settings, detail::head_watch& watch);

  /// Connects, brings the schema up to date and checks rights and heads. Throws.
  void open();

  auto append(write_batch batch) -> std::vector<append_outcome>;
  auto find_commit(const write_set& set, log_position known) -> result<std::optional<committed>>;

  /// Adds a part of another log that was checked by itself, and its streams.
  auto restore(const restore_batch& part, const detail::restored_part& streams) -> result<>;

private:
  struct live_connection {
    live_connection(std::unique_ptr<connection> opened, const std::string& channel)
        : on{std::move(opened)}, statements{*on, channel} {}

    std::unique_ptr<connection> on;
    append_statements statements;
  };

  using sets = std::span<const write_set* const>;
  using slots = std::span<append_outcome* const>;

  /// A batch that was sent to be committed, and where the log then stands.
  struct sent_batch {
    std::optional<failed_commit> failed;
    log_position known; ///< the log head before it
    log_head head;
  };

  // -- the critical section, under the lock ---------------------------------

  /// Commits `batch`, in halves when one of it is what the database refuses.
  void append_all(sets batch, slots outcomes);
  void append_once(sets batch, slots outcomes);
  auto write(sets batch, slots outcomes) -> sent_batch;
  void note_committed(const log_head& head);

  // -- a COMMIT of unknown outcome ------------------------------------------

  /// Finds out what became of a batch and corrects its outcomes.
  void resolve(const sent_batch& sent, sets batch, slots outcomes);
  auto is_there(sets batch, slots outcomes, log_position known) -> bool;

  // -- the connection -------------------------------------------------------

  auto live() -> live_connection&;
  auto connect() -> std::unique_ptr<live_connection>;
  /// Ends what a failed call left open; closes the connection if that cannot be.
  void settle() noexcept;

  connector& from_;
  const store_settings settings_;
  detail::head_watch& watch_;
  detail::fifo_lock lock_; // guards all below
  std::unique_ptr<live_connection> live_;
  checkpoint told_; // the last commit that this writer knows to be durable
};

} // namespace eventcore::postgres
