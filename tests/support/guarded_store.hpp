#pragma once

#include <eventcore/event_store.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace support {

namespace ec = eventcore;

/// A store in front of another one, which may be exchanged: by a backup that was restored, say. A
/// test may let calls of readers fail, and sees them.
class guarded_store final : public ec::event_store {
public:
  explicit guarded_store(std::shared_ptr<ec::event_store> behind) : inner{std::move(behind)} {}

  /// The calls go to this one.
  std::shared_ptr<ec::event_store> inner;

  /// Called before each call of a reader with its name; what it gives is the call's failure.
  std::function<std::optional<ec::failure>(std::string_view call)> before{};

  using ec::event_store::append;
  using ec::event_store::read;

  auto read(const ec::read_log& query) -> ec::result<ec::log_page> override {
    return guarded("read", [&] { return inner->read(query); });
  }
  auto head() -> ec::result<ec::log_head> override {
    return guarded("head", [&] { return inner->head(); });
  }
  auto await(ec::log_position known, std::chrono::milliseconds patience)
    -> ec::result<ec::log_head> override {
    return guarded("await", [&] { return inner->await(known, patience); });
  }
  auto save_checkpoint(std::string_view name, const ec::checkpoint& reached)
    -> ec::result<> override {
    return guarded("save", [&] { return inner->save_checkpoint(name, reached); });
  }
  auto load_checkpoint(std::string_view name)
    -> ec::result<std::optional<ec::checkpoint>> override {
    return guarded("load", [&] { return inner->load_checkpoint(name); });
  }
  auto reset_checkpoint(std::string_view name) -> ec::result<> override {
    return guarded("reset", [&] { return inner->reset_checkpoint(name); });
  }

  auto append(ec::write_batch batch) -> std::vector<ec::append_outcome> override {
    return inner->append(batch);
  }
  auto find_commit(const ec::write_set& set, ec::log_position known)
    -> ec::result<std::optional<ec::committed>> override {
    return inner->find_commit(set, known);
  }
  auto read(std::span<const ec::read_stream> queries)
    -> ec::result<std::vector<ec::stream_page>> override {
    return inner->read(queries);
  }
  auto save_snapshot(const ec::snapshot& state) -> ec::result<bool> override {
    return inner->save_snapshot(state);
  }
  auto load_snapshot(const ec::stream_id& stream, std::string_view view)
    -> ec::result<std::optional<ec::snapshot>> override {
    return inner->load_snapshot(stream, view);
  }
  auto acquire_lease(std::string_view name, std::chrono::milliseconds term)
    -> ec::result<std::optional<ec::lease_token>> override {
    return inner->acquire_lease(name, term);
  }
  auto renew_lease(std::string_view name, const ec::lease_token& token,
                   std::chrono::milliseconds term) -> ec::result<> override {
    return inner->renew_lease(name, token, term);
  }
  auto release_lease(std::string_view name, const ec::lease_token& token) -> ec::result<> override {
    return inner->release_lease(name, token);
  }
  auto find_damage() -> ec::result<std::vector<std::string>> override {
    return inner->find_damage();
  }
  auto bounds() const -> const ec::limits& override { return inner->bounds(); }

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
