#pragma once

#include "event_log.hpp"
#include "fair_lock.hpp"

#include "eventcore/admission.hpp"
#include "eventcore/backends.hpp"
#include "eventcore/detail/head_watch.hpp"
#include "eventcore/detail/restored_part.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

namespace eventcore::memory {

/// One stream: its events in order. It is there without events when a write to it ran out of
/// memory.
struct stream_record {
  std::string_view name;
  boost::container::small_vector<const recorded_event*, 2> events{};

  auto head() const -> stream_head {
    return events.empty() ? stream_head{} : stream_head{{events.size()}, events.back()->commit};
  }

  /// Whether the event at `at.version` was written by `at.commit`.
  auto holds(const stream_head& at) const -> bool {
    const auto version = at.version.value;
    return version > 0 && version <= events.size() && events[version - 1]->commit == at.commit;
  }
};

/// A request that is done, and when.
struct kept_request {
  done_request done{};
  timestamp recorded_at{};
};

/// An archive and how many payloads are in it now.
struct kept_archive {
  archive_entry entry{};
  std::uint64_t events = 0;
};

/// Finds a stream by its name. The hash is kept: growing touches no name, and names are compared
/// only when their hashes are equal.
struct named_stream {
  std::size_t hash = 0;
  stream_record* stream = nullptr;
};

struct hashed_name {
  explicit hashed_name(std::string_view text) : hash{text_hash{}(text)}, name{text} {}

  std::size_t hash;
  std::string_view name;
};

struct kept_hash {
  using is_transparent = void;
  using is_avalanching = void;

  auto operator()(const named_stream& entry) const noexcept -> std::size_t { return entry.hash; }
  auto operator()(const hashed_name& name) const noexcept -> std::size_t { return name.hash; }
};

struct same_name {
  using is_transparent = void;

  auto operator()(const named_stream& a, const named_stream& b) const -> bool {
    return a.hash == b.hash && a.stream->name == b.stream->name;
  }
  auto operator()(const hashed_name& a, const named_stream& b) const -> bool {
    return a.hash == b.hash && a.name == b.stream->name;
  }
  auto operator()(const named_stream& a, const hashed_name& b) const -> bool {
    return (*this)(b, a);
  }
};

class memory_store final : public event_store, public store_maintenance, private admission_view {
public:
  explicit memory_store(store_settings settings);

  using event_store::append;
  using event_store::read;

  auto append(write_batch batch) -> std::vector<append_outcome> override;
  auto find_commit(const write_set& set, log_position known)
    -> result<std::optional<committed>> override;

  auto read(std::span<const read_stream> queries) -> result<std::vector<stream_page>> override;
  auto read(const read_log& query) -> result<log_page> override;
  auto head() -> result<log_head> override;
  auto await(log_position known, std::chrono::milliseconds patience) -> result<log_head> override;

  auto save_checkpoint(std::string_view name, const checkpoint& reached) -> result<> override;
  auto load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>> override;
  auto reset_checkpoint(std::string_view name) -> result<> override;
  auto transact(std::span<const checkpoint_move> moves, const transaction_work& work)
    -> result<> override;
  auto inspect(const transaction_work& work) -> result<> override;
  auto list_checkpoints() -> result<std::vector<named_checkpoint>> override;
  auto save_read_model(const read_model_state& state) -> result<bool> override;
  auto load_read_model(std::string_view name) -> result<std::optional<read_model_state>> override;
  auto save_snapshot(const snapshot& state) -> result<bool> override;
  auto load_snapshot(const stream_id& stream, std::string_view view)
    -> result<std::optional<snapshot>> override;

  auto park(const dead_letter& letter) -> result<> override;
  auto list_dead_letters(const dead_letter_query& query)
    -> result<std::vector<parked_event>> override;
  auto retry_dead_letter(std::string_view projection, log_position at) -> result<bool> override;
  auto drop_dead_letter(std::string_view projection, log_position at) -> result<bool> override;

  auto acquire_lease(std::string_view name, std::chrono::milliseconds term)
    -> result<std::optional<lease_token>> override;
  auto renew_lease(std::string_view name, const lease_token& token, std::chrono::milliseconds term)
    -> result<> override;
  auto release_lease(std::string_view name, const lease_token& token) -> result<> override;

  auto find_damage() -> result<std::vector<std::string>> override;
  auto maintenance() -> store_maintenance& override { return *this; }
  auto bounds() const -> const limits& override { return settings_.bounds; }

  // -- store_maintenance ----------------------------------------------------

  auto list_streams(const stream_query& query) -> result<std::vector<stream_entry>> override;
  auto statistics() -> result<store_statistics> override;
  auto list_requests(std::string_view after, std::size_t limit)
    -> result<std::vector<recorded_request>> override;
  auto list_snapshots(const stream_query& query) -> result<std::vector<snapshot_entry>> override;
  auto drop_snapshots(const stream_query& query) -> result<std::uint64_t> override;
  auto forget_requests(std::chrono::milliseconds age, std::size_t limit)
    -> result<std::uint64_t> override;
  auto restore(const restore_batch& part) -> result<> override;
  auto restoring() -> result<std::string> override;
  auto archive(const archive_entry& into, std::span<const expectation> streams)
    -> result<std::uint64_t> override;
  auto unarchive(std::string_view file, std::span<const recorded_event> events)
    -> result<std::uint64_t> override;
  auto list_archives() -> result<std::vector<archive_entry>> override;
  auto forget_archive(std::string_view file) -> result<> override;
  auto back_up(const std::filesystem::path& to, const std::function<void(double)>& progress)
    -> result<> override;

private:
  struct held_lease {
    lease_token token; // its epoch stays when the lease is given back
    bool held = false;
    timestamp ends{};
  };

  using kept_checkpoints = std::map<std::string, checkpoint, std::less<>>;
  using letter_key = std::pair<std::string, log_position>; // of a projection
  using kept_archives = std::map<std::string, kept_archive, std::less<>>;
  using kept_requests = std::unordered_map<request_id, kept_request>;

  auto head_of(const stream_id& stream) const -> stream_head override;
  auto find(const request_id& id) const -> const done_request* override;

  auto append_one(const write_set& set, timestamp now) -> append_outcome;
  void write(const write_set& set, const committed& done, timestamp now);
  auto find_stream(std::string_view name) const -> const stream_record*;
  auto find_or_add_stream(std::string_view name) -> stream_record&;
  auto current_head() const -> log_head;
  auto holds(const checkpoint& at) const -> bool;
  auto require_lease(std::string_view name, const lease_token& token, timestamp now) const
    -> result<>;
  auto check_move(const checkpoint_move& move, const kept_checkpoints& moved, timestamp now) const
    -> result<>;
  void take_over(kept_checkpoints moved) noexcept;
  auto page_of(const read_stream& query) const -> stream_page;
  auto check_restored(const restore_batch& part, const detail::restored_part& streams) const
    -> result<>;
  void take_restored(const restore_batch& part, const detail::restored_part& streams);
  void rewrite(const std::function<void(recorded_event&)>& change);
  auto check_writable() const -> result<>;
  auto clock() const -> timestamp;

  const store_settings settings_;
  mutable fair_lock
    lock_; // guards all below; events below a size that was read under it need no lock
  std::shared_ptr<event_log> log_ = std::make_shared<event_log>(); // pages own it too
  std::deque<stream_record> streams_;
  boost::unordered_flat_set<named_stream, kept_hash, same_name> streams_by_name_;
  kept_requests requests_;
  kept_archives archives_;
  std::string restoring_; // from where; empty: it is not being restored
  kept_checkpoints checkpoints_;
  std::map<std::string, read_model_state, std::less<>> read_models_;
  std::map<letter_key, parked_event> dead_letters_;
  std::map<std::pair<std::string, std::string>, snapshot> snapshots_;
  std::map<std::string, held_lease, std::less<>> leases_;
  detail::head_watch watch_; // shown what was appended, by itself thread-safe
};

/// The failure that stands for the exception in flight.
auto current_failure() -> failure;

/// What `act` gives; an exception out of it becomes a failure, since none leaves a store.
template <class Act>
auto guarded(Act act) -> decltype(act()) {
  try {
    return act();
  } catch (...) {
    return std::unexpected{current_failure()};
  }
}

} // namespace eventcore::memory
