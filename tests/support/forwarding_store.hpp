#pragma once

#include <eventcore/event_store.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

namespace ec = eventcore;

/// A store that hands every call on to another one. Derived classes come between where they want to.
class forwarding_store : public ec::event_store {
public:
  explicit forwarding_store(std::shared_ptr<ec::event_store> inner) : inner_{std::move(inner)} {}

  /// The store that the calls go to, past what comes between.
  auto inner() -> ec::event_store& { return *inner_; }

  using ec::event_store::append;
  using ec::event_store::read;

  auto append(ec::write_batch batch) -> std::vector<ec::append_outcome> override {
    return inner_->append(batch);
  }
  auto find_commit(const ec::write_set& set, ec::log_position known)
    -> ec::result<std::optional<ec::committed>> override {
    return inner_->find_commit(set, known);
  }
  auto read(std::span<const ec::read_stream> queries)
    -> ec::result<std::vector<ec::stream_page>> override {
    return inner_->read(queries);
  }
  auto read(const ec::read_log& query) -> ec::result<ec::log_page> override {
    return inner_->read(query);
  }
  auto head() -> ec::result<ec::log_head> override { return inner_->head(); }
  auto await(ec::log_position known, std::chrono::milliseconds patience)
    -> ec::result<ec::log_head> override {
    return inner_->await(known, patience);
  }
  auto save_checkpoint(std::string_view name, const ec::checkpoint& reached)
    -> ec::result<> override {
    return inner_->save_checkpoint(name, reached);
  }
  auto load_checkpoint(std::string_view name)
    -> ec::result<std::optional<ec::checkpoint>> override {
    return inner_->load_checkpoint(name);
  }
  auto reset_checkpoint(std::string_view name) -> ec::result<> override {
    return inner_->reset_checkpoint(name);
  }
  auto transact(std::span<const ec::checkpoint_move> moves, const ec::transaction_work& work)
    -> ec::result<> override {
    return inner_->transact(moves, work);
  }
  auto inspect(const ec::transaction_work& work) -> ec::result<> override {
    return inner_->inspect(work);
  }
  auto list_checkpoints() -> ec::result<std::vector<ec::named_checkpoint>> override {
    return inner_->list_checkpoints();
  }
  auto save_read_model(const ec::read_model_state& state) -> ec::result<bool> override {
    return inner_->save_read_model(state);
  }
  auto load_read_model(std::string_view name)
    -> ec::result<std::optional<ec::read_model_state>> override {
    return inner_->load_read_model(name);
  }
  auto save_snapshot(const ec::snapshot& state) -> ec::result<bool> override {
    return inner_->save_snapshot(state);
  }
  auto load_snapshot(const ec::stream_id& stream, std::string_view view)
    -> ec::result<std::optional<ec::snapshot>> override {
    return inner_->load_snapshot(stream, view);
  }
  auto park(const ec::dead_letter& letter) -> ec::result<> override { return inner_->park(letter); }
  auto list_dead_letters(const ec::dead_letter_query& query)
    -> ec::result<std::vector<ec::parked_event>> override {
    return inner_->list_dead_letters(query);
  }
  auto retry_dead_letter(std::string_view projection, ec::log_position at)
    -> ec::result<bool> override {
    return inner_->retry_dead_letter(projection, at);
  }
  auto drop_dead_letter(std::string_view projection, ec::log_position at)
    -> ec::result<bool> override {
    return inner_->drop_dead_letter(projection, at);
  }
  auto acquire_lease(std::string_view name, std::chrono::milliseconds term)
    -> ec::result<std::optional<ec::lease_token>> override {
    return inner_->acquire_lease(name, term);
  }
  auto renew_lease(std::string_view name, const ec::lease_token& token,
                   std::chrono::milliseconds term) -> ec::result<> override {
    return inner_->renew_lease(name, token, term);
  }
  auto release_lease(std::string_view name, const ec::lease_token& token) -> ec::result<> override {
    return inner_->release_lease(name, token);
  }
  auto find_damage() -> ec::result<std::vector<std::string>> override {
    return inner_->find_damage();
  }
  auto bounds() const -> const ec::limits& override { return inner_->bounds(); }

protected:
  std::shared_ptr<ec::event_store> inner_;
};

} // namespace support
