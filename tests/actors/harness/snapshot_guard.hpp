#pragma once

#include "dice.hpp"
#include "watcher.hpp"

#include <eventcore/forwarding_store.hpp>

#include <memory>
#include <string_view>

namespace harness {

/// Stands between a runtime's snapshots and the store: complains of each snapshot that is not the
/// fold of events that are in the log.
class snapshot_guard final : public eventcore::forwarding_store {
public:
  /// `log` is the store itself, which does not fail.
  snapshot_guard(std::shared_ptr<eventcore::event_store> inner, eventcore::event_store& log,
                 std::shared_ptr<watcher> watching)
      : forwarding_store{std::move(inner)}, log_{log}, watching_{std::move(watching)} {}

  auto save_snapshot(const eventcore::snapshot& state) -> eventcore::result<bool> override;

private:
  eventcore::event_store& log_;
  std::shared_ptr<watcher> watching_;
};

/// Damages a snapshot in the store, in a way that `by` chooses, as far as the store lets that happen.
void damage_snapshot(eventcore::event_store& store, const eventcore::stream_id& stream,
                     std::string_view view, dice& by);

} // namespace harness
