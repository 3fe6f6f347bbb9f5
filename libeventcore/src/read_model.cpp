#include "eventcore/read_model.hpp"

#include <exception>

#include <fmt/format.h>

namespace eventcore {

namespace {

class read_model_applier final : public applier {
public:
  read_model_applier(detail::read_model_parts parts, std::shared_ptr<void> owner,
                     const read_model_options& options)
      : parts_{std::move(parts)}, owner_{std::move(owner)}, options_{options} {}

  auto type() const -> const projection_type& override { return parts_.projection.type(); }
  auto is_shared() const -> bool override { return false; }

  // What is in memory counts; what the store keeps only where there is nothing.
  auto load(event_store& store) -> result<std::optional<checkpoint>> override {
    if (reached_.position.value > 0 || !keeps_state())
      return reached_.position.value > 0 ? std::optional{reached_} : std::nullopt;
    auto kept = store.load_read_model(type().name);
    if (!kept)
      return std::unexpected{std::move(kept.error())};
    if (!*kept || (*kept)->fold != fold() || !restore((*kept)->payload))
      return std::nullopt;
    reached_ = kept_ = (*kept)->at;
    return reached_;
  }

  auto apply(event_store& store, const batch_to_apply& batch) -> applied_events override {
    auto applied = [&] {
      const std::lock_guard guard{parts_.guard};
      return parts_.projection.apply(batch.events);
    }();
    if (batch.is_dead_letter) {
      if (applied.count == 1)
        if (auto dropped = store.drop_dead_letter(type().name, batch.events.front().position);
            !dropped)
          return {.count = 0, .stopped_by = std::move(dropped.error())};
    } else if (applied.count == batch.events.size()) {
      reached_ = batch.to;
    } else if (applied.count > 0) {
      const auto& last = batch.events[applied.count - 1];
      reached_ = {last.position, last.commit};
    }
    return applied;
  }

  auto save(event_store& store, const checkpoint_move& move) -> result<> override {
    reached_ = move.to;
    if (!keeps_state() || move.to.position < kept_.position
        || move.to.position.value - kept_.position.value < options_.snapshot_positions)
      return {};
    auto payload = take_snapshot();
    if (!payload)
      return std::unexpected{std::move(payload.error())};
    // A state that another program kept may be later: so much the better. Not after a rebuild.
    auto kept = store.save_read_model({.name = std::string{type().name},
                                       .fold = fold(),
                                       .at = move.to,
                                       .payload = std::move(*payload)});
    if (!kept)
      return std::unexpected{std::move(kept.error())};
    if (*kept || !rebuilds_)
      kept_ = move.to;
    rebuilds_ = rebuilds_ && !*kept;
    return {};
  }

  auto clear(event_store&, const checkpoint_move&) -> result<> override {
    const std::lock_guard guard{parts_.guard};
    reached_ = kept_ = {};
    rebuilds_ = true;
    return parts_.projection.reset();
  }

private:
  auto keeps_state() const -> bool { return parts_.snapshot && options_.snapshot_positions > 0; }
  auto fold() const -> std::string { return fmt::format("snapshot {}", parts_.snapshot_version); }

  auto take_snapshot() const -> result<std::string> {
    try {
      const std::shared_lock guard{parts_.guard};
      return parts_.snapshot(parts_.model);
    } catch (const std::exception& thrown) {
      return fail(errc::handler_failed, fmt::format("snapshot() of projection '{}' threw: {}",
                                                    type().name, thrown.what()));
    }
  }

  // What cannot be restored is made anew from the log.
  auto restore(std::string_view text) -> bool {
    const std::lock_guard guard{parts_.guard};
    try {
      if (parts_.restore(parts_.model, text))
        return true;
    } catch (const std::exception&) { // as if it had failed
    }
    static_cast<void>(parts_.projection.reset());
    return false;
  }

  detail::read_model_parts parts_;
  const std::shared_ptr<void> owner_;
  const read_model_options options_;
  checkpoint reached_;    // what is in memory
  checkpoint kept_;       // the state that the store keeps, as far as this program knows
  bool rebuilds_ = false; // it may be of the time before a rebuild
};

} // namespace

auto detail::make_read_model_applier(read_model_parts parts, std::shared_ptr<void> owner,
                                     const read_model_options& options)
  -> std::shared_ptr<applier> {
  return std::make_shared<read_model_applier>(std::move(parts), std::move(owner), options);
}

} // namespace eventcore
