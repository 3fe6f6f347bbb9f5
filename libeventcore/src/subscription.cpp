#include "eventcore/subscription.hpp"

#include "eventcore/detail/head_watch.hpp"

#include <condition_variable>
#include <mutex>
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

// Nothing but a commit ends a store's waiting, so a request to stop is looked for so often.
constexpr std::chrono::milliseconds longest_deafness{50};

void pause(const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock{mutex};
  std::condition_variable_any never;
  never.wait_for(lock, stop, longest_deafness, [] { return false; });
}

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

auto follow(event_store& store, const subscription_options& options,
            const std::function<result<>(const log_batch&)>& take, const std::stop_token& stop)
  -> result<checkpoint> {
  auto followed = subscription::open(store, options);
  if (!followed)
    return std::unexpected{std::move(followed.error())};
  auto taken = followed->reached();
  while (!stop.stop_requested()) {
    const auto batch = followed->next(longest_deafness);
    if (!batch && batch.error().code != errc::store_unavailable)
      return std::unexpected{batch.error()};
    if (!batch) {
      pause(stop);
      continue;
    }
    if (!batch->events.empty())
      if (auto done = take(*batch); !done)
        return std::unexpected{std::move(done.error())};
    taken = followed->reached();
  }
  return taken;
}

} // namespace eventcore
