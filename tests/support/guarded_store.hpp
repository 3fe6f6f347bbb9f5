#pragma once

#include <eventcore/forwarding_store.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace support {

namespace ec = eventcore;

/// A store in front of another one, which may be exchanged: by a backup that was restored, say. A
/// test may let calls of readers fail, and sees them.
class guarded_store final : public ec::forwarding_store {
public:
  using ec::forwarding_store::forwarding_store;

  void exchange(std::shared_ptr<ec::event_store> other) { inner_ = std::move(other); }

  /// Called before each call of a reader with its name; what it gives is the call's failure.
  std::function<std::optional<ec::failure>(std::string_view call)> before{};

  using ec::forwarding_store::read;

  auto read(const ec::read_log& query) -> ec::result<ec::log_page> override {
    return guarded("read", [&] { return inner_->read(query); });
  }
  auto head() -> ec::result<ec::log_head> override {
    return guarded("head", [&] { return inner_->head(); });
  }
  auto await(ec::log_position known, std::chrono::milliseconds patience)
    -> ec::result<ec::log_head> override {
    return guarded("await", [&] { return inner_->await(known, patience); });
  }
  auto save_checkpoint(std::string_view name, const ec::checkpoint& reached)
    -> ec::result<> override {
    return guarded("save", [&] { return inner_->save_checkpoint(name, reached); });
  }
  auto load_checkpoint(std::string_view name)
    -> ec::result<std::optional<ec::checkpoint>> override {
    return guarded("load", [&] { return inner_->load_checkpoint(name); });
  }
  auto reset_checkpoint(std::string_view name) -> ec::result<> override {
    return guarded("reset", [&] { return inner_->reset_checkpoint(name); });
  }
  auto transact(std::span<const ec::checkpoint_move> moves, const ec::transaction_work& work)
    -> ec::result<> override {
    return guarded("transact", [&] { return inner_->transact(moves, work); });
  }
  auto save_read_model(const ec::read_model_state& state) -> ec::result<bool> override {
    return guarded("save_read_model", [&] { return inner_->save_read_model(state); });
  }
  auto load_read_model(std::string_view name)
    -> ec::result<std::optional<ec::read_model_state>> override {
    return guarded("load_read_model", [&] { return inner_->load_read_model(name); });
  }
  auto park(const ec::dead_letter& letter) -> ec::result<> override {
    return guarded("park", [&] { return inner_->park(letter); });
  }
  auto list_dead_letters(const ec::dead_letter_query& query)
    -> ec::result<std::vector<ec::parked_event>> override {
    return guarded("list_dead_letters", [&] { return inner_->list_dead_letters(query); });
  }

private:
  template <class Act>
  auto guarded(std::string_view call, Act act) -> decltype(act()) {
    if (before)
      if (auto why = before(call))
        return std::unexpected{std::move(*why)};
    return act();
  }
};

} // namespace support
