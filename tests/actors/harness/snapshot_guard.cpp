#include "snapshot_guard.hpp"

#include "ledger.hpp"

#include <eventcore/snapshot_state.hpp>

#include <memory>

#include <fmt/format.h>

namespace harness {

namespace {

auto view_named(std::string_view name) -> const ec::view_type& {
  return name == "ledger" ? ec::view_type_of<ledger> : ec::view_type_of<ledger, tally>;
}

/// The snapshot that folding the log's events up to this version gives.
auto made_of_log(ec::event_store& log, const ec::snapshot& of) -> ec::snapshot {
  const auto& view = view_named(of.view);
  auto page = ec::unwrap(log.read({.stream = of.stream, .before = {of.head.version.value + 1}}));
  auto state = view.create();
  ec::stream_head head;
  ec::unwrap(ec::fold(view, page, state.get(), head));
  return ec::unwrap(ec::make_snapshot(of.stream, view, {head, std::move(state)}));
}

} // namespace

auto snapshot_guard::save_snapshot(const ec::snapshot& state) -> ec::result<bool> {
  if (made_of_log(log_, state) != state)
    watching_->complain(fmt::format("4: a snapshot of {} at version {} is not the fold of the log",
                                    state.stream, state.head.version.value));
  watching_->add("snapshot");
  return forwarding_store::save_snapshot(state);
}

void damage_snapshot(ec::event_store& store, const ec::stream_id& stream, std::string_view view,
                     dice& by) {
  auto found = ec::unwrap(store.load_snapshot(stream, view));
  if (!found || found->payload.empty())
    return; // there is none, or it is as damaged as can be
  switch (by.below(3)) {
  case 0:
    found->payload[by.below(found->payload.size())] ^= 2;
    break;
  case 1:
    found->payload.resize(by.below(found->payload.size()));
    break;
  default:
    found->fold += "older";
  }
  static_cast<void>(ec::unwrap(store.save_snapshot(*found)));
}

} // namespace harness
