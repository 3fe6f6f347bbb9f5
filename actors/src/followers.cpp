#include "followers.hpp"

#include <fmt/format.h>

namespace eventcore::actors {

namespace {

auto is_stopping(std::string_view what) -> std::unexpected<failure> {
  return fail(errc::shutting_down, fmt::format("the runtime is stopping and begins no {}", what));
}

} // namespace

auto followers::add(const std::shared_ptr<hosted_projection>& one) -> result<> {
  const std::lock_guard guard{mutex_};
  if (closed_)
    return is_stopping("projection");
  auto& kept = projections_[one->name()];
  if (kept && !kept->is_over())
    return fail(errc::invalid_argument,
                fmt::format("a projection '{}' runs in this runtime; stop it first, or give the "
                            "other one another name",
                            one->name()));
  kept = one;
  return {};
}

auto followers::add(const std::shared_ptr<hosted_subscription>& one) -> result<> {
  const std::lock_guard guard{mutex_};
  if (closed_)
    return is_stopping("subscription");
  std::erase_if(subscriptions_, [](const auto& known) { return known->is_over(); });
  subscriptions_.push_back(one);
  return {};
}

auto followers::find(std::string_view name) const -> std::shared_ptr<hosted_projection> {
  const std::lock_guard guard{mutex_};
  const auto found = projections_.find(name);
  return found == projections_.end() ? nullptr : found->second;
}

auto followers::statuses(log_position head) const -> std::vector<projection_status> {
  std::vector<projection_status> all;
  const std::lock_guard guard{mutex_};
  for (const auto& [name, one] : projections_) {
    auto shown = one->status();
    shown.name = name;
    const bool leads = shown.state != projection_state::standing_by; // else it has not looked
    if (leads && head > shown.head.position && head > shown.reached.position)
      shown.lag = head.value - shown.reached.position.value;
    all.push_back(std::move(shown));
  }
  return all;
}

auto followers::copy_projections() const -> std::vector<std::shared_ptr<hosted_projection>> {
  std::vector<std::shared_ptr<hosted_projection>> all;
  const std::lock_guard guard{mutex_};
  for (const auto& [name, one] : projections_)
    all.push_back(one);
  return all;
}

auto followers::copy_subscriptions() const -> std::vector<std::shared_ptr<hosted_subscription>> {
  const std::lock_guard guard{mutex_};
  return subscriptions_;
}

void followers::wake() const {
  for (const auto& one : copy_projections())
    one->wake();
  for (const auto& one : copy_subscriptions())
    one->wake();
}

void followers::close() {
  const std::lock_guard guard{mutex_};
  closed_ = true;
}

void followers::abandon() {
  const failure why{errc::shutting_down, "the runtime ended before it"};
  for (const auto& one : copy_projections())
    one->finish(std::unexpected{why});
  for (const auto& one : copy_subscriptions())
    one->finish(std::unexpected{why});
}

} // namespace eventcore::actors
