#pragma once

#include "eventcore/checkpoint.hpp"
#include "eventcore/dead_letter.hpp"
#include "eventcore/maintenance.hpp"
#include "eventcore/queries.hpp"
#include "eventcore/read_model_state.hpp"
#include "eventcore/recorded_event.hpp"
#include "eventcore/write_set.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eventcore {

/// A kept state of a stream, so that only the events after it need be read. Always safe to lose.
struct snapshot {
  stream_id stream{};
  std::string view{};    ///< which fold of the stream's events
  std::string fold{};    ///< names the fold's version and the state's shape; another one makes the
                         ///< snapshot useless
  stream_head head{};    ///< the state is the fold of all events up to here
  std::string payload{}; ///< the state, in an encoding that its writer knows

  friend auto operator==(const snapshot&, const snapshot&) -> bool = default;
};

/// Write sets that are to be committed together, none of them null.
using write_batch = std::span<const write_set* const>;

/// A database of event streams. All methods may be called from any thread; calls that write are
/// served one after the other in the order they arrive. Whatever a call's outcome, the store can be
/// used again.
///
/// Every commit passes one critical section, so positions are gapless and in commit order: a reader
/// that has seen a position has seen all below it.
class event_store {
public:
  event_store() = default;
  event_store(const event_store&) = delete;
  auto operator=(const event_store&) -> event_store& = delete;
  virtual ~event_store() = default;

  // -- writing --------------------------------------------------------------

  /// Group commit: commits the write sets in one transaction and returns one outcome for each, in
  /// order. Each is all or nothing and is checked by itself against what the earlier ones left: its
  /// request id first, then the (version, commit id) of every stream that it read. A refused or
  /// invalid one does not keep the others from committing. When this returns, what is `committed`
  /// is durable. A failure means that certainly nothing of the write set is in the log, except
  /// `outcome_unknown`. An outcome of no events (`effect::answer`, or an empty success) is
  /// `committed` with count 0.
  [[nodiscard]] virtual auto append(write_batch batch) -> std::vector<append_outcome> = 0;

  /// The same for write sets that lie side by side, and for one.
  [[nodiscard]] auto append(std::span<const write_set> batch) -> std::vector<append_outcome>;
  [[nodiscard]] auto append(const write_set& set) -> append_outcome;

  /// Whether `set`, whose `append` had an unknown outcome, is in the log: looked up inside the
  /// critical section, so "no" is final. `known` is a position that the log had reached before that
  /// `append`. A write set without events is found by its request only.
  [[nodiscard]] virtual auto find_commit(const write_set& set, log_position known)
    -> result<std::optional<committed>> = 0;

  // -- reading --------------------------------------------------------------

  /// Reads a page of each stream, all in one snapshot; one page per query, in order. A stream that
  /// does not exist gives an empty page at version 0.
  [[nodiscard]] virtual auto read(std::span<const read_stream> queries)
    -> result<std::vector<stream_page>> = 0;

  /// Reads a page of one stream.
  [[nodiscard]] auto read(const read_stream& query) -> result<stream_page>;

  /// Reads a page of the log. The filter is applied by the database, before the page's bounds.
  [[nodiscard]] virtual auto read(const read_log& query) -> result<log_page> = 0;

  /// Where the log stands.
  [[nodiscard]] virtual auto head() -> result<log_head> = 0;

  /// Waits until the log's head is beyond `known`, at the latest for `patience`, and gives the head
  /// then. Wakes also for commits of other programs: within milliseconds where the database tells
  /// (PostgreSQL), else within the store's polling interval. Callers may wait at the same time and
  /// beside all other calls. They are gone before the store goes.
  [[nodiscard]] virtual auto await(log_position known, std::chrono::milliseconds patience)
    -> result<log_head> = 0;

  // -- what readers keep ----------------------------------------------------

  /// Moves the checkpoint `name` forward and durably. Fails with `log_rewound` when the log does
  /// not hold the checkpoint's commit at its position, with `invalid_argument` when it would move
  /// backwards.
  [[nodiscard]] virtual auto save_checkpoint(std::string_view name, const checkpoint& reached)
    -> result<> = 0;

  /// The checkpoint `name`, or nothing when none was saved. Fails with `log_rewound` when the log
  /// no longer holds its commit at its position.
  [[nodiscard]] virtual auto load_checkpoint(std::string_view name)
    -> result<std::optional<checkpoint>> = 0;

  /// Forgets the checkpoint `name`; no failure when there is none.
  [[nodiscard]] virtual auto reset_checkpoint(std::string_view name) -> result<> = 0;

  /// Moves checkpoints and does `work`, all in one durable transaction or nothing. First each
  /// checkpoint is moved by a compare-and-set, after its lease was locked and looked at: so a
  /// leader that was superseded, or slept past its term, moves nothing, and of two that move the
  /// same one, one fails. `work` is given the transaction, a `sql_transaction` where the store
  /// speaks SQL; it must not end it, and lets failures of its statements out. It may read through
  /// this store, but not write through it, which would wait for the work to end. It may be called
  /// again when the database asks for that. In SQLite nobody appends while it runs.
  ///
  /// Fails with `lease_lost`; with `version_conflict` when a checkpoint is not where a move begins;
  /// with `log_rewound` when the log does not hold what it leads to; with `invalid_argument` when
  /// there is work and the store has no transactions to offer (in memory); with `handler_failed`
  /// when `work` threw or its statements failed, or with its own failure; with `outcome_unknown`
  /// when the end of the transaction is not known: the checkpoints tell.
  [[nodiscard]] virtual auto transact(std::span<const checkpoint_move> moves,
                                      const transaction_work& work) -> result<> = 0;

  /// Lets `work` look into the database, in a transaction that sees one state of it and writes
  /// nothing (`handler_failed` when it tries). Keep it short: the database keeps that state for it.
  /// Fails like `transact`.
  [[nodiscard]] virtual auto inspect(const transaction_work& work) -> result<> = 0;

  /// All checkpoints, by name.
  [[nodiscard]] virtual auto list_checkpoints() -> result<std::vector<named_checkpoint>> = 0;

  /// Keeps the state of a read model in place of an older one of its name. True when it was kept;
  /// false when a later one is there or the log does not hold its commit at its position.
  [[nodiscard]] virtual auto save_read_model(const read_model_state& state) -> result<bool> = 0;

  /// The state of a read model, or nothing when there is none or the log does not hold its commit
  /// at its position.
  [[nodiscard]] virtual auto load_read_model(std::string_view name)
    -> result<std::optional<read_model_state>> = 0;

  /// Keeps `state` in place of an older one of the same stream and view. True when it was kept;
  /// false when the log does not hold its commit at its version, or when a later one is there that
  /// the log holds. It need not be durable when this returns.
  [[nodiscard]] virtual auto save_snapshot(const snapshot& state) -> result<bool> = 0;

  /// The snapshot of a stream's view, or nothing when there is none or the log does not hold its
  /// commit at its version (checked in the same read).
  [[nodiscard]] virtual auto load_snapshot(const stream_id& stream, std::string_view view)
    -> result<std::optional<snapshot>> = 0;

  // -- dead letters ---------------------------------------------------------

  /// Lays an event aside for a projection, durably. One that lies there already is replaced: its
  /// failure and the number of attempts are the new ones, and it is not to be tried again.
  [[nodiscard]] virtual auto park(const dead_letter& letter) -> result<> = 0;

  [[nodiscard]] virtual auto list_dead_letters(const dead_letter_query& query)
    -> result<std::vector<parked_event>> = 0;

  /// Marks a dead letter to be tried again by the program that runs its projection. False when
  /// there is none.
  [[nodiscard]] virtual auto retry_dead_letter(std::string_view projection, log_position at)
    -> result<bool> = 0;

  /// Forgets a dead letter. False when there is none.
  [[nodiscard]] virtual auto drop_dead_letter(std::string_view projection, log_position at)
    -> result<bool> = 0;

  // -- leases ---------------------------------------------------------------

  /// Takes the lease `name` for `term` by the store's clock, or nothing when another holder's term
  /// still runs.
  [[nodiscard]] virtual auto acquire_lease(std::string_view name, std::chrono::milliseconds term)
    -> result<std::optional<lease_token>> = 0;

  /// Holds the lease for another `term` from now. Fails with `lease_lost` when `token` no longer
  /// holds it or its term is over.
  [[nodiscard]] virtual auto renew_lease(std::string_view name, const lease_token& token,
                                         std::chrono::milliseconds term) -> result<> = 0;

  /// Gives the lease back at once; no failure when `token` no longer holds it.
  [[nodiscard]] virtual auto release_lease(std::string_view name, const lease_token& token)
    -> result<> = 0;

  // -- health ---------------------------------------------------------------

  /// Checks the database and the log: positions and versions contiguous, heads right. One text per
  /// problem found, none when all is well. Reads everything.
  [[nodiscard]] virtual auto find_damage() -> result<std::vector<std::string>> = 0;

  /// What operators do with the store. Valid as long as the store.
  virtual auto maintenance() -> store_maintenance& = 0;

  /// The bounds on write sets that this store keeps.
  virtual auto bounds() const -> const limits& = 0;
};

/// What every backend checks before it touches its database: the name of a checkpoint or lease (`what` says of which) is
/// valid UTF-8 without NUL and not empty; the term of a lease is positive. Fail with `invalid_argument`.
auto validate_name(std::string_view what, std::string_view name) -> result<>;
auto validate_term(std::chrono::milliseconds term) -> result<>;

} // namespace eventcore
