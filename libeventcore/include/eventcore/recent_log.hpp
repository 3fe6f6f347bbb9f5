#pragma once

#include "eventcore/event_store.hpp"

#include <cstddef>
#include <memory>

namespace eventcore {

/// How much of the log is kept in memory, and how much of it is read at once.
struct recent_log_settings {
  std::size_t events = 64 * 1024;
  std::size_t bytes = 64 * 1024 * 1024; ///< of about what the events take
  page_bounds page{.events = 4096, .bytes = 8 * 1024 * 1024};
};

/// A store with the newest events of its log in memory, for many who read at the log's head: what
/// was committed, by this program or another, is read from the store once for all of them.
///
/// All calls go to the store, except forward reads of the log that begin among the events in memory.
/// Such a read waits until what follows them was read from the store, by itself or by another read
/// that waits; this is done after it was called, so it gives what the store itself would give, with
/// the same bounds. Only one that asks for nothing beyond what is in memory (`read_log::before`) is
/// answered at once, and with a head that may be older. Readers who are far behind read the store,
/// with their own filter.
///
/// With each of its reads it looks whether the store's log still has the event up to which it has
/// read; when it does not (an older backup was restored), all that is in memory is dropped. Pages
/// share the memory of the events in them.
class recent_log final : public event_store {
public:
  /// `inner` is not null. Bounds of 0 count as 1.
  explicit recent_log(std::shared_ptr<event_store> inner, const recent_log_settings& settings = {});
  ~recent_log() override;

  using event_store::append;
  using event_store::read;

  auto read(const read_log& query) -> result<log_page> override;
  auto head() -> result<log_head> override;
  auto await(log_position known, std::chrono::milliseconds patience) -> result<log_head> override;

  // -- handed on --------------------------------------------------------------

  auto append(write_batch batch) -> std::vector<append_outcome> override;
  auto find_commit(const write_set& set, log_position known)
    -> result<std::optional<committed>> override;
  auto read(std::span<const read_stream> queries) -> result<std::vector<stream_page>> override;

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
  auto bounds() const -> const limits& override;

private:
  class shared_reads;

  auto pass_on(const read_log& query) -> result<log_page>;

  const std::shared_ptr<event_store> inner_;
  const std::unique_ptr<shared_reads> reads_;
};

} // namespace eventcore
