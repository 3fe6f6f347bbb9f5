#pragma once

#include <eventcore/event_store.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

// A store between the runtime and the real one, which a test makes do what it needs.
namespace support {

namespace ec = eventcore;

class scripted_store final : public ec::event_store {
public:
  explicit scripted_store(std::shared_ptr<ec::event_store> real) : real_{std::move(real)} {}

  /// Called instead of the real `append`; gives nothing to let the real one do it.
  std::function<std::optional<std::vector<ec::append_outcome>>(ec::write_batch)> on_append;
  /// Gives a failure to be told instead of what the real store says.
  std::function<std::optional<ec::failure>()> on_read;
  std::function<std::optional<ec::failure>()> on_find;

  std::size_t appends = 0; ///< calls
  std::size_t finds = 0;
  std::size_t reads = 0;

  auto real() -> ec::event_store& { return *real_; }

  using ec::event_store::append;
  using ec::event_store::read;

  auto append(ec::write_batch batch) -> std::vector<ec::append_outcome> override {
    ++appends;
    if (on_append)
      if (auto instead = on_append(batch))
        return std::move(*instead);
    return real_->append(batch);
  }
  auto find_commit(const ec::write_set& set, ec::log_position known)
    -> ec::result<std::optional<ec::committed>> override {
    ++finds;
    if (on_find)
      if (auto failed = on_find())
        return std::unexpected{std::move(*failed)};
    return real_->find_commit(set, known);
  }
  auto read(std::span<const ec::read_stream> queries)
    -> ec::result<std::vector<ec::stream_page>> override {
    ++reads;
    if (on_read)
      if (auto failed = on_read())
        return std::unexpected{std::move(*failed)};
    return real_->read(queries);
  }
  auto read(const ec::read_log& query) -> ec::result<ec::log_page> override {
    return real_->read(query);
  }
  auto head() -> ec::result<ec::log_head> override { return real_->head(); }
  auto await(ec::log_position known, std::chrono::milliseconds patience)
    -> ec::result<ec::log_head> override {
    return real_->await(known, patience);
  }
  auto save_checkpoint(std::string_view name, const ec::checkpoint& reached)
    -> ec::result<> override {
    return real_->save_checkpoint(name, reached);
  }
  auto load_checkpoint(std::string_view name)
    -> ec::result<std::optional<ec::checkpoint>> override {
    return real_->load_checkpoint(name);
  }
  auto reset_checkpoint(std::string_view name) -> ec::result<> override {
    return real_->reset_checkpoint(name);
  }
  auto save_snapshot(const ec::snapshot& state) -> ec::result<bool> override {
    return real_->save_snapshot(state);
  }
  auto load_snapshot(const ec::stream_id& stream, std::string_view view)
    -> ec::result<std::optional<ec::snapshot>> override {
    return real_->load_snapshot(stream, view);
  }
  auto acquire_lease(std::string_view name, std::chrono::milliseconds term)
    -> ec::result<std::optional<ec::lease_token>> override {
    return real_->acquire_lease(name, term);
  }
  auto renew_lease(std::string_view name, const ec::lease_token& token,
                   std::chrono::milliseconds term) -> ec::result<> override {
    return real_->renew_lease(name, token, term);
  }
  auto release_lease(std::string_view name, const ec::lease_token& token) -> ec::result<> override {
    return real_->release_lease(name, token);
  }
  auto find_damage() -> ec::result<std::vector<std::string>> override {
    return real_->find_damage();
  }
  auto bounds() const -> const ec::limits& override { return real_->bounds(); }

private:
  std::shared_ptr<ec::event_store> real_;
};

} // namespace support
