#include "eventcore/subscription.hpp"

#include "eventcore/detail/head_watch.hpp"

#include <algorithm>
#include <utility>

namespace eventcore {

namespace {

struct find_start {
  event_store& store;

  auto operator()(from_start) const -> result<log_head> { return log_head{}; }
  auto operator()(from_now) const -> result<log_head> { return store.head(); }
  auto operator()(log_position at) const -> result<log_head> { return find_position(store, at); }
  auto operator()(const checkpoint& at) const -> result<log_head> {
    return find_checkpoint(store, at);
  }
};

} // namespace

auto subscription::open(event_store& store, const subscription_options& options)
  -> result<subscription> {
  if (auto valid = validate(read_log{.filter = options.filter, .page = options.page}); !valid)
    return std::unexpected{std::move(valid.error())};
  const auto start = std::visit(find_start{store}, options.from);
  if (!start)
    return std::unexpected{start.error()};
  return subscription{
    store, {.after = checkpoint_at(*start), .filter = options.filter, .page = options.page}};
}

auto subscription::next(std::chrono::milliseconds patience) -> result<log_batch> {
  const auto deadline = detail::deadline_after(patience);
  for (;;) {
    auto batch = read_batch(*store_, query_);
    if (!batch)
      return batch;
    query_.after = checkpoint_at(batch->through);
    const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (!batch->events.empty() || left.count() <= 0)
      return batch;
    // Where there is more to look through this gives the head at once.
    if (auto moved = store_->await(query_.after.position, left); !moved)
      return std::unexpected{std::move(moved.error())};
  }
}

} // namespace eventcore
