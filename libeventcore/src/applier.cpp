#include "eventcore/applier.hpp"

#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

auto cannot_rebuild_beside(std::string_view name) -> std::unexpected<failure> {
  return fail(
    errc::invalid_argument,
    fmt::format("projection '{}' has one read model and cannot fill another one beside it", name));
}

/// Applies first and keeps the checkpoint afterwards.
class plain_applier final : public applier {
public:
  explicit plain_applier(any_projection projection) : projection_{std::move(projection)} {}

  auto type() const -> const projection_type& override { return projection_.type(); }

  auto apply(event_store& store, const batch_to_apply& batch) -> applied_events override {
    auto applied = projection_.apply(batch.events, batch.is_late);
    if (batch.is_dead_letter && applied.count == 1)
      if (auto dropped = store.drop_dead_letter(type().name, batch.events.front().position);
          !dropped)
        return {.count = 0, .stopped_by = std::move(dropped.error())};
    return applied;
  }

  auto clear(event_store& store, const checkpoint_move& move) -> result<> override {
    if (move.from != checkpoint{})
      if (auto forgotten = save(store, move); !forgotten)
        return forgotten;
    return projection_.reset();
  }

private:
  any_projection projection_;
};

} // namespace

auto applier::load(event_store& store) -> result<std::optional<checkpoint>> {
  return store.load_checkpoint(type().name);
}

auto applier::save(event_store& store, const checkpoint_move& move) -> result<> {
  return store.transact({&move, 1}, {});
}

auto applier::prepare(std::span<const recorded_event>) const -> std::shared_ptr<prepared_events> {
  return nullptr;
}

auto applier::begin_rebuild(event_store&, const std::optional<lease_claim>&) -> result<> {
  return cannot_rebuild_beside(type().name);
}

auto applier::find_rebuild(event_store&) -> result<std::shared_ptr<applier>> { return nullptr; }

auto applier::finish_rebuild(event_store&, const std::optional<lease_claim>&) -> result<bool> {
  return cannot_rebuild_beside(type().name);
}

auto make_applier(any_projection projection) -> std::shared_ptr<applier> {
  return std::make_shared<plain_applier>(std::move(projection));
}

} // namespace eventcore
