#include "hosted_subscription.hpp"

#include "messages.hpp"

#include <atomic>
#include <utility>

#include <caf/send.hpp>

namespace eventcore::actors {

namespace {

auto next_id() -> std::uint64_t {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

} // namespace

hosted_subscription::hosted_subscription(subscription opened, subscriber whom, std::size_t window)
    : id_{next_id()}, window_{window}, whom_{std::move(whom)}, log_{std::move(opened)},
      reached_{log_.reached()} {}

void hosted_subscription::attach(subscription_actor reader) {
  const std::lock_guard guard{mutex_};
  if (!over_)
    reader_ = std::move(reader);
}

void hosted_subscription::reach(const checkpoint& at) {
  const std::lock_guard guard{mutex_};
  reached_ = at;
}

auto hosted_subscription::asked_to_end() const -> std::optional<result<>> {
  const std::lock_guard guard{mutex_};
  return ending_;
}

void hosted_subscription::finish(result<> outcome) {
  {
    const std::lock_guard guard{mutex_};
    if (std::exchange(over_, true))
      return;
    reader_ = nullptr;
  }
  promise_.set_value(std::move(outcome));
}

auto hosted_subscription::is_over() const -> bool {
  const std::lock_guard guard{mutex_};
  return over_;
}

void hosted_subscription::end(result<> outcome) {
  {
    const std::lock_guard guard{mutex_};
    if (!ending_)
      ending_ = std::move(outcome);
  }
  wake();
}

void hosted_subscription::wake() const {
  subscription_actor reader;
  {
    const std::lock_guard guard{mutex_};
    reader = reader_;
  }
  if (reader)
    caf::anon_send(reader, look{});
}

auto hosted_subscription::reached() const -> checkpoint {
  const std::lock_guard guard{mutex_};
  return reached_;
}

} // namespace eventcore::actors

// -- the handle -----------------------------------------------------------------

namespace eventcore {

running_subscription::running_subscription(std::shared_ptr<actors::hosted_subscription> hosted)
    : hosted_{std::move(hosted)} {}

auto running_subscription::id() const -> std::uint64_t { return hosted_->id(); }
void running_subscription::close() const { hosted_->end({}); }
auto running_subscription::reached() const -> checkpoint { return hosted_->reached(); }
auto running_subscription::outcome() const -> std::shared_future<result<>> {
  return hosted_->outcome();
}

} // namespace eventcore
