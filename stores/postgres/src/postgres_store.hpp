#pragma once

#include "access.hpp"
#include "listener.hpp"
#include "postgres_maintenance.hpp"

#include "eventcore/event_store.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

namespace eventcore::postgres {

class postgres_store final : public event_store {
public:
  postgres_store(address where, store_settings settings);

  /// Connects and brings the schema up to date, or only looks at it when the store is read-only.
  /// Throws.
  void open() { access_.open(); }

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
  auto maintenance() -> store_maintenance& override { return maintenance_; }
  auto bounds() const -> const limits& override { return access_.settings().bounds; }

private:
  auto listening() -> listener&;

  access access_;
  postgres_maintenance maintenance_;
  std::once_flag first_await_;
  std::unique_ptr<listener> listener_; // last, because its thread uses the others
};

} // namespace eventcore::postgres
