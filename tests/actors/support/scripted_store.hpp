#pragma once

#include <eventcore/forwarding_store.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

// A store between the runtime and the real one, which a test makes do what it needs.
namespace support {

namespace ec = eventcore;

class scripted_store final : public ec::forwarding_store {
public:
  using ec::forwarding_store::forwarding_store;

  /// Called instead of the real `append`; gives nothing to let the real one do it.
  std::function<std::optional<std::vector<ec::append_outcome>>(ec::write_batch)> on_append;
  /// Gives a failure to be told instead of what the real store says.
  std::function<std::optional<ec::failure>()> on_read;
  std::function<std::optional<ec::failure>()> on_find;

  std::size_t appends = 0; ///< calls
  std::size_t finds = 0;
  std::size_t reads = 0;
  std::size_t saves = 0; ///< of snapshots

  using ec::forwarding_store::append;
  using ec::forwarding_store::read;

  auto append(ec::write_batch batch) -> std::vector<ec::append_outcome> override {
    ++appends;
    if (on_append)
      if (auto instead = on_append(batch))
        return std::move(*instead);
    return inner_->append(batch);
  }
  auto find_commit(const ec::write_set& set, ec::log_position known)
    -> ec::result<std::optional<ec::committed>> override {
    ++finds;
    if (on_find)
      if (auto failed = on_find())
        return std::unexpected{std::move(*failed)};
    return inner_->find_commit(set, known);
  }
  auto read(std::span<const ec::read_stream> queries)
    -> ec::result<std::vector<ec::stream_page>> override {
    ++reads;
    if (on_read)
      if (auto failed = on_read())
        return std::unexpected{std::move(*failed)};
    return inner_->read(queries);
  }
  auto save_snapshot(const ec::snapshot& state) -> ec::result<bool> override {
    ++saves;
    return inner_->save_snapshot(state);
  }
};

} // namespace support
