#pragma once

#include "eventcore/event_store.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventcore {

/// A store that hands every call on to another one. Derived classes come between where they want to.
class forwarding_store : public event_store {
public:
  /// `inner` is not null.
  explicit forwarding_store(std::shared_ptr<event_store> inner) : inner_{std::move(inner)} {}

  /// The store that the calls go to, past what comes between.
  auto inner() -> event_store& { return *inner_; }

  using event_store::append;
  using event_store::read;

  auto append(write_batch batch) -> std::vector<append_outcome> override {
    return inner_->append(batch);
  }
  auto find_commit(const write_set& set, log_position known)
    -> result<std::optional<committed>> override {
    return inner_->find_commit(set, known);
  }
  auto read(std::span<const read_stream> queries) -> result<std::vector<stream_page>> override {
    return inner_->read(queries);
  }
  auto read(const read_log& query) -> result<log_page> override { return inner_->read(query); }
  auto head() -> result<log_head> override { return inner_->head(); }
  auto maintenance() -> store_maintenance& override { return inner_->maintenance(); }
  auto await(log_position known, std::chrono::milliseconds patience) -> result<log_head> override {
    return inner_->await(known, patience);
  }
  auto save_checkpoint(std::string_view name, const checkpoint& reached) -> result<> override {
    return inner_->save_checkpoint(name, reached);
  }
  auto load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>> override {
    return inner_->load_checkpoint(name);
  }
  auto reset_checkpoint(std::string_view name) -> result<> override {
    return inner_->reset_checkpoint(name);
  }
  auto transact(std::span<const checkpoint_move> moves, const transaction_work& work)
    -> result<> override {
    return inner_->transact(moves, work);
  }
  auto inspect(const transaction_work& work) -> result<> override { return inner_->inspect(work); }
  auto list_checkpoints() -> result<std::vector<named_checkpoint>> override {
    return inner_->list_checkpoints();
  }
  auto save_read_model(const read_model_state& state) -> result<bool> override {
    return inner_->save_read_model(state);
  }
  auto load_read_model(std::string_view name) -> result<std::optional<read_model_state>> override {
    return inner_->load_read_model(name);
  }
  auto save_snapshot(const snapshot& state) -> result<bool> override {
    return inner_->save_snapshot(state);
  }
  auto load_snapshot(const stream_id& stream, std::string_view view)
    -> result<std::optional<snapshot>> override {
    return inner_->load_snapshot(stream, view);
  }
  auto park(const dead_letter& letter) -> result<> override { return inner_->park(letter); }
  auto list_dead_letters(const dead_letter_query& query)
    -> result<std::vector<parked_event>> override {
    return inner_->list_dead_letters(query);
  }
  auto retry_dead_letter(std::string_view projection, log_position at) -> result<bool> override {
    return inner_->retry_dead_letter(projection, at);
  }
  auto drop_dead_letter(std::string_view projection, log_position at) -> result<bool> override {
    return inner_->drop_dead_letter(projection, at);
  }
  auto acquire_lease(std::string_view name, std::chrono::milliseconds term)
    -> result<std::optional<lease_token>> override {
    return inner_->acquire_lease(name, term);
  }
  auto renew_lease(std::string_view name, const lease_token& token, std::chrono::milliseconds term)
    -> result<> override {
    return inner_->renew_lease(name, token, term);
  }
  auto release_lease(std::string_view name, const lease_token& token) -> result<> override {
    return inner_->release_lease(name, token);
  }
  auto find_damage() -> result<std::vector<std::string>> override { return inner_->find_damage(); }
  auto bounds() const -> const limits& override { return inner_->bounds(); }

protected:
  std::shared_ptr<event_store> inner_;
};

} // namespace eventcore
