#pragma once

#include "database.hpp"
#include "sqlite_maintenance.hpp"

#include <optional>
#include <string_view>

namespace eventcore::sqlite {

class sqlite_store final : public event_store {
public:
  sqlite_store(std::filesystem::path file, sqlite_settings settings);

  /// Opens the file and brings its schema up to date, or only looks at it when it is read-only.
  /// Throws.
  void open() { in_.open(); }

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
  auto bounds() const -> const limits& override { return in_.settings().bounds; }

private:
  database in_;
  sqlite_maintenance maintenance_;
};

} // namespace eventcore::sqlite
