#pragma once

#include "eventcore/actors/observer.hpp"

#include <memory>
#include <utility>

namespace eventcore {

/// Tells two observers, the first one first.
class both_observers final : public observer {
public:
  /// Neither may be null.
  both_observers(std::shared_ptr<observer> first, std::shared_ptr<observer> second)
      : first_{std::move(first)}, second_{std::move(second)} {}

  void on(const command_ended& ended) override { tell(ended); }
  void on(const command_retried& retried) override { tell(retried); }
  void on(const batch_ended& ended) override { tell(ended); }

  void on_reserved(std::chrono::nanoseconds waited) override {
    first_->on_reserved(waited);
    second_->on_reserved(waited);
  }

  void on_lapsed() override {
    first_->on_lapsed();
    second_->on_lapsed();
  }

  void on_snapshot(std::string_view kind, snapshot_fate fate) override {
    first_->on_snapshot(kind, fate);
    second_->on_snapshot(kind, fate);
  }

  void on_restarted(std::string_view actor) override {
    first_->on_restarted(actor);
    second_->on_restarted(actor);
  }

private:
  template <class Happened>
  void tell(const Happened& happened) {
    first_->on(happened);
    second_->on(happened);
  }

  std::shared_ptr<observer> first_;
  std::shared_ptr<observer> second_;
};

/// An observer that tells both; the other one itself when one is null.
inline auto tell_both(std::shared_ptr<observer> first, std::shared_ptr<observer> second)
  -> std::shared_ptr<observer> {
  if (!first || !second)
    return first ? std::move(first) : std::move(second);
  return std::make_shared<both_observers>(std::move(first), std::move(second));
}

} // namespace eventcore
