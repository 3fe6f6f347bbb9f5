#pragma once

#include "eventcore/applier.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace eventcore {

/// How a read model in memory keeps its state in the store.
struct read_model_options {
  /// After so many positions of the log the state is kept anew. 0: never.
  std::uint64_t snapshot_positions = 100'000;
};

namespace detail {

/// The projection turns itself into a text and back, so that a restart need not replay the log.
template <class Projection>
concept keeps_its_state = requires(const Projection& of, Projection& to, std::string_view text) {
  { of.snapshot() } -> std::convertible_to<std::string>;
  { to.restore(text) } -> std::same_as<result<>>;
};

/// What is known of a read model in memory without its type.
struct read_model_parts {
  any_projection projection;
  std::shared_mutex& guard; ///< held alone while events are applied
  std::string (*snapshot)(const void* model);
  result<> (*restore)(void* model, std::string_view text);
  void* model;
  int snapshot_version = 0;
};

auto make_read_model_applier(read_model_parts parts, std::shared_ptr<void> owner,
                             const read_model_options& options) -> std::shared_ptr<applier>;

} // namespace detail

/// A projection in memory that any thread can read while it is kept up to date. Each program has one
/// of its own, empty after a restart, and fills it from the start of the log, unless the projection
/// has
///
///     auto snapshot() const -> std::string;
///     auto restore(std::string_view text) -> ec::result<>;
///     static constexpr int snapshot_version = 1;   // raise it when either or `apply` changes
///
/// Then its state is kept in the store from time to time, with the checkpoint that it belongs to. A
/// state that cannot be restored, or of another version, or of another log, is not used; a projection
/// that cannot be copied needs a `reset()` for that. Copies share one model.
///
///     ec::read_model<balances> all;
///     auto running = ec::unwrap(runtime.run(all));
///     all.read([](const balances& now) { return now.cents.at("alice"); });
template <class Projection>
class read_model {
public:
  explicit read_model(Projection initial = {}, const read_model_options& options = {})
      : box_{std::make_shared<box>(std::move(initial))},
        applier_{detail::make_read_model_applier(
          {.projection = std::shared_ptr<Projection>{box_, &box_->model},
           .guard = box_->guard,
           .snapshot = snapshot_function(),
           .restore = restore_function(),
           .model = &box_->model,
           .snapshot_version = version()},
          box_, options)} {}

  /// What `look(const Projection&)` gives, while no event is being applied. It must not wait for the
  /// projection to get on.
  template <class Look>
  auto read(Look look) const -> std::invoke_result_t<Look, const Projection&> {
    const std::shared_lock guard{box_->guard};
    return look(std::as_const(box_->model));
  }

  /// What a host runs.
  operator std::shared_ptr<applier>() const { return applier_; }

private:
  struct box {
    explicit box(Projection initial) : model(std::move(initial)) {}

    mutable std::shared_mutex guard;
    Projection model;
  };

  static constexpr auto snapshot_function() -> std::string (*)(const void*) {
    if constexpr (detail::keeps_its_state<Projection>)
      return [](const void* model) -> std::string {
        return static_cast<const Projection*>(model)->snapshot();
      };
    else
      return nullptr;
  }

  static constexpr auto restore_function() -> result<> (*)(void*, std::string_view) {
    if constexpr (detail::keeps_its_state<Projection>)
      return [](void* model, std::string_view text) -> result<> {
        auto& present = *static_cast<Projection*>(model);
        if constexpr (std::copyable<Projection>) { // what was restored in part is dropped
          auto restored = present;
          auto done = restored.restore(text);
          if (done)
            present = std::move(restored);
          return done;
        } else {
          return present.restore(text);
        }
      };
    else
      return nullptr;
  }

  static constexpr auto version() -> int {
    if constexpr (requires { Projection::snapshot_version; })
      return Projection::snapshot_version;
    else
      return 0;
  }

  std::shared_ptr<box> box_;
  std::shared_ptr<applier> applier_;
};

} // namespace eventcore
