#pragma once

#include <eventcore/forwarding_store.hpp>

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace support {

namespace ec = eventcore;

/// A store that counts what loading costs, and in which a test may put any snapshot into the way.
class snapshot_store final : public ec::forwarding_store {
public:
  using ec::forwarding_store::forwarding_store;

  /// Changes what is found, after the real store has looked.
  std::function<void(ec::result<std::optional<ec::snapshot>>&)> on_load{};
  /// Called instead of saving; gives nothing to let the real store do it.
  std::function<std::optional<ec::result<bool>>(const ec::snapshot&)> on_save{};

  std::size_t reads = 0;    ///< calls
  std::uint64_t events = 0; ///< that were read
  std::size_t loads = 0;    ///< of snapshots
  std::size_t saves = 0;

  void count_anew() { reads = events = loads = saves = 0; }
  void exchange(std::shared_ptr<ec::event_store> other) { inner_ = std::move(other); }

  using ec::forwarding_store::read;

  auto read(std::span<const ec::read_stream> queries)
    -> ec::result<std::vector<ec::stream_page>> override {
    ++reads;
    auto pages = inner_->read(queries);
    if (pages)
      for (const auto& page : *pages)
        events += page.events.size();
    return pages;
  }
  auto load_snapshot(const ec::stream_id& stream, std::string_view view)
    -> ec::result<std::optional<ec::snapshot>> override {
    ++loads;
    auto found = inner_->load_snapshot(stream, view);
    if (on_load)
      on_load(found);
    return found;
  }
  auto save_snapshot(const ec::snapshot& state) -> ec::result<bool> override {
    ++saves;
    if (on_save)
      if (auto instead = on_save(state))
        return std::move(*instead);
    return inner_->save_snapshot(state);
  }
};

} // namespace support
