#pragma once

#include "connector.hpp"
#include "listener.hpp"
#include "reader_pool.hpp"
#include "working_thread.hpp"
#include "writer.hpp"

#include "eventcore/detail/head_watch.hpp"
#include "eventcore/event_store.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <span>
#include <string_view>
#include <type_traits>

namespace eventcore::postgres {

class postgres_store final : public event_store {
public:
  postgres_store(address where, store_settings settings);

  /// Connects and brings the schema up to date, or only looks at it when the store is read-only.
  /// Throws.
  void open();

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
  auto bounds() const -> const limits& override { return settings_.bounds; }

private:
  auto check_writable() const -> result<>;
  /// Fails when this thread does work and has all connections that it may have, so that it would
  /// wait for itself.
  auto check_free() const -> result<>;
  auto now() const -> std::optional<timestamp>;
  auto listening() -> listener&;

  /// What `act(reader&)` gives.
  template <class Act>
  auto reading(Act act) -> std::invoke_result_t<Act, reader&>;

  /// What `act(connection&)` gives, unless the store is read-only.
  template <class Act>
  auto recording(Act act) -> std::invoke_result_t<Act, connection&>;

  /// What `act(connection&)` gives, which calls work of others. A connection is left for those who
  /// read, the work among them.
  template <class Act>
  auto working(working_thread::access what, Act act) -> result<>;

  const store_settings settings_;
  connector connector_;
  detail::head_watch watch_;
  reader_pool readers_;
  std::counting_semaphore<> workplaces_; // connections that work may have at once
  std::unique_ptr<writer> writer_;       // none when the store is read-only
  std::once_flag first_await_;
  std::unique_ptr<listener> listener_; // last, because its thread uses the others
};

} // namespace eventcore::postgres
