#pragma once

#include "eventcore/queries.hpp"
#include "eventcore/recorded_event.hpp"
#include "eventcore/request.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eventcore {

/// The type of the event that ends a stream for good: it may be archived then. See `emit::close`.
inline constexpr std::string_view closed_event = "$closed";

/// Which streams are wanted, in the order of their ids: those that fit everything that is set.
struct stream_query {
  std::vector<std::string> kinds{}; ///< streams of one of these kinds
  std::string prefix{};             ///< streams whose id begins with exactly these characters
  std::string glob{};               ///< streams whose whole id fits, see `glob_matches`
  std::string after{};              ///< streams whose id is greater (bytewise): where to go on
  std::size_t limit = 1000;
};

/// A stream and its last event.
struct stream_entry {
  std::string id{};
  stream_head head{};
  log_position last{};    ///< position of its last event
  timestamp changed_at{}; ///< when its last event was recorded
  bool closed = false;    ///< its last event is `closed_event`
  bool archived = false;  ///< the payload of its first event is in an archive

  friend auto operator==(const stream_entry&, const stream_entry&) -> bool = default;
};

/// How much a store holds.
struct store_statistics {
  struct kind {
    std::string name{};
    std::uint64_t streams = 0;
    std::uint64_t events = 0;

    friend auto operator==(const kind&, const kind&) -> bool = default;
  };

  log_head head{};
  std::vector<kind> kinds{}; ///< by name
  std::uint64_t requests = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t snapshot_bytes = 0; ///< their payloads
  std::uint64_t archives = 0;
  std::uint64_t bytes = 0; ///< that the database takes; 0 in memory
  int schema = 0;          ///< the number of the last migration; 0 in memory
};

/// A kept snapshot, without its payload.
struct snapshot_entry {
  std::string stream{};
  std::string view{};
  std::string fold{};
  stream_head head{};
  std::uint64_t bytes = 0; ///< of its payload
  bool in_log = true;      ///< the log holds its commit at its version; it is ignored otherwise

  friend auto operator==(const snapshot_entry&, const snapshot_entry&) -> bool = default;
};

/// A request as the store keeps it.
struct recorded_request {
  request_id id;
  command_digest digest{};
  committed done{};
  timestamp recorded_at{};

  friend auto operator==(const recorded_request&, const recorded_request&) -> bool = default;
};

/// A file that holds payloads which are no longer in the store.
struct archive_entry {
  std::string file{};     ///< as it was named when it was made; unique in the store
  std::string checksum{}; ///< of the file, as its maker computes it
  timestamp made_at{};

  friend auto operator==(const archive_entry&, const archive_entry&) -> bool = default;
};

/// A part of another store's log that is put into this one as it was there.
struct restore_batch {
  std::string_view source{}; ///< names what is restored; the same for all batches of it
  std::span<const archive_entry> archives{};    ///< that events of the log refer to
  std::span<const recorded_event> events{};     ///< the next ones, from the head on, without a gap
  std::span<const recorded_request> requests{}; ///< those that are here already are left alone
  bool last = false;                            ///< nothing comes after this batch
};

/// What operators do with a store beside its use; got by `event_store::maintenance`. All methods
/// may be called from any thread and while the store is used. Lists are pages: what they give is at
/// most `limit` long, and one that is shorter is the last.
class store_maintenance {
public:
  store_maintenance() = default;
  store_maintenance(const store_maintenance&) = delete;
  auto operator=(const store_maintenance&) -> store_maintenance& = delete;
  virtual ~store_maintenance() = default;

  // -- looking --------------------------------------------------------------

  /// Fails with `invalid_argument` on a malformed glob.
  [[nodiscard]] virtual auto list_streams(const stream_query& query)
    -> result<std::vector<stream_entry>> = 0;

  [[nodiscard]] virtual auto statistics() -> result<store_statistics> = 0;

  /// In the order of their ids, those with an id greater than `after` (bytewise).
  [[nodiscard]] virtual auto list_requests(std::string_view after, std::size_t limit)
    -> result<std::vector<recorded_request>> = 0;

  // -- snapshots ------------------------------------------------------------

  /// The snapshots of the streams that fit, all views of a stream together: `limit` bounds the
  /// streams.
  [[nodiscard]] virtual auto list_snapshots(const stream_query& query)
    -> result<std::vector<snapshot_entry>> = 0;

  /// Forgets the snapshots of the streams that fit, and says how many there were. `limit` is
  /// ignored. Always safe: states are folded from the events again.
  [[nodiscard]] virtual auto drop_snapshots(const stream_query& query) -> result<std::uint64_t> = 0;

  // -- requests -------------------------------------------------------------

  /// Forgets requests that were recorded more than `age` ago by the store's clock, at most `limit`
  /// of them in one transaction, and says how many. From then on their ids are new ones: a late
  /// repetition takes effect again.
  [[nodiscard]] virtual auto forget_requests(std::chrono::milliseconds age, std::size_t limit)
    -> result<std::uint64_t> = 0;

  // -- moving a log ---------------------------------------------------------

  /// Adds a part of another log, keeping positions, versions, commit ids, ids and times, in one
  /// durable transaction. The first batch goes into a store without events and marks it as being
  /// restored from `source`; until the batch that is `last`, everything else that writes events
  /// fails with `read_only` and says so. Fails with `invalid_argument` when the store holds other
  /// events or is being restored from another source, and when the events do not follow what is
  /// there: positions and versions without gap, commits whole.
  [[nodiscard]] virtual auto restore(const restore_batch& part) -> result<> = 0;

  /// What the store is being restored from; empty when it is not.
  [[nodiscard]] virtual auto restoring() -> result<std::string> = 0;

  // -- archives -------------------------------------------------------------

  /// Takes the payloads of all events of these streams but `closed_event` out of the store, in one
  /// durable transaction: a stream that is not at its expectation, or not closed, fails all with
  /// `version_conflict` or `invalid_argument`. Events that are archived already are left alone.
  /// Positions, versions and ids stay; such an event is read with `encoding::archived` and the
  /// name of the file as its payload. Gives how many payloads were taken out.
  [[nodiscard]] virtual auto archive(const archive_entry& into,
                                     std::span<const expectation> streams)
    -> result<std::uint64_t> = 0;

  /// Puts payloads that are in the archive `file` back, in one durable transaction. Each event must
  /// have the stream, version and commit that is at its position (`invalid_argument` otherwise);
  /// those that are not in this archive are left alone. Gives how many were put back.
  [[nodiscard]] virtual auto unarchive(std::string_view file,
                                       std::span<const recorded_event> events)
    -> result<std::uint64_t> = 0;

  /// All archives that events refer to or referred to, in the order in which they were made.
  [[nodiscard]] virtual auto list_archives() -> result<std::vector<archive_entry>> = 0;

  /// Forgets an archive; fails with `invalid_argument` while an event refers to it.
  [[nodiscard]] virtual auto forget_archive(std::string_view file) -> result<> = 0;

  // -- backup ---------------------------------------------------------------

  /// Writes a copy of the whole database, as of one moment, to a new file while it is in use, and
  /// tells `progress` the share that is done, in [0, 1]. Fails with `invalid_argument` when the
  /// file exists, or when the database has tools of its own for that: the text says which.
  [[nodiscard]] virtual auto back_up(const std::filesystem::path& to,
                                     const std::function<void(double)>& progress) -> result<> = 0;
};

} // namespace eventcore
