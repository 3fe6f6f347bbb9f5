#include "archivable.hpp"

#include "eventcore/transfer/archive_file.hpp"

namespace eventcore {

auto plan_archive(event_store& store, const archive_selection& selection) -> result<archive_plan> {
  archive_plan plan;
  auto listed = transfer::each_archivable(store, selection, [&](auto streams) -> result<> {
    plan.streams += streams.size();
    for (const auto& each : streams)
      plan.events += each.head.version.value - 1;
    return {};
  });
  if (!listed)
    return std::unexpected{std::move(listed.error())};
  return plan;
}

} // namespace eventcore
