#pragma once

#include "new_rows.hpp"
#include "statements.hpp"
#include "trip.hpp"

#include "eventcore/detail/batch_view.hpp"
#include "eventcore/write_set.hpp"

#include <optional>
#include <span>
#include <string>

namespace eventcore::postgres {

using detail::batch_view;

/// A COMMIT that did not report success.
struct failed_commit {
  database_error error;
  bool rolled_back = false; ///< for certain: the server refused what came before it, or said so
  bool there = false; ///< for certain, but the server warned that it is not as safe as it should be
};

/// What the critical section found when it was entered.
struct entered_section {
  log_head head;
  timestamp now;           ///< by the server's clock, once the log head was locked
  std::string restoring{}; ///< what the store is being restored from; empty when it is not
  batch_view view;
};

/// The statements of the critical section. A batch takes two round trips, whatever its size: one
/// begins, locks the log head and reads all that admission needs; the other writes all rows and
/// commits. Throws `database_error`.
class append_statements {
public:
  /// Commits are told on the channel `channel`.
  append_statements(connection& on, std::string channel);
  append_statements(const append_statements&) = delete;
  auto operator=(const append_statements&) -> append_statements& = delete;

  /// Begins a transaction that holds the log head and says where the streams that `sets` read
  /// stand, and which of their requests are done.
  auto enter(std::span<const write_set* const> sets) -> entered_section;

  /// Takes an admitted write set; its rows are sent now or by `leave`.
  void write(const write_set& set, const committed& done, timestamp now, batch_view& view);

  /// Writes all that is left of the batch and commits it.
  auto leave(batch_view& view, const log_head& head) -> std::optional<failed_commit>;

  /// Ends a transaction that is open without keeping what it did. Throws when the connection cannot
  /// be used any more.
  void give_up();

  /// What `set` wrote, if it is in the log behind `known` or its request is done. Looked up while
  /// the log head is locked.
  auto find(const write_set& set, log_position known) -> std::optional<committed>;

private:
  struct request_rows {
    array position{element::number};
    array count{element::number};
    array commit{element::id};
    array digest{element::bytes};
    array id{element::text};
    array versions{element::json};
  };

  auto leaving() -> trip&;
  void write_event(const new_event& event, const write_set& set, log_position position,
                   std::string_view metadata, const detail::batch_stream& stream);
  void send_events(event_rows& rows, const statement& insert);
  void send_streams(batch_view& view);
  void send_requests();
  void clear();

  connection& on_;
  const std::string channel_;

  event_rows json_events_{element::json};
  event_rows bytes_events_{element::bytes};
  stream_rows new_streams_;
  stream_rows old_streams_;
  request_rows requests_;
  std::int64_t last_key_ = 0;
  log_position known_; // the log head when the section was entered
  timestamp now_;      // of the batch
  std::optional<trip> leaving_;
  int sent_ = 0; // statements of `leaving_`
};

} // namespace eventcore::postgres
