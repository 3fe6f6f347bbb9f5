#pragma once

#include "eventcore/log_batch.hpp"

#include <chrono>
#include <functional>
#include <stop_token>
#include <variant>

namespace eventcore {

struct from_start {}; ///< the first event that fits is the first that comes
struct from_now {};   ///< only what is committed after the subscription was made

/// Where a subscription begins: at an end, after a position, or after a checkpoint, whose commit is
/// then looked for in the log.
using subscription_start = std::variant<from_start, from_now, log_position, checkpoint>;

struct subscription_options {
  subscription_start from = from_start{};
  event_filter filter{}; ///< applied by the database
  page_bounds page{};    ///< of a batch: so much memory a subscription needs
};

/// Reads the log forwards, as fast as its owner asks: what is there, and then what is committed,
/// without a gap between the two and without an event that comes twice. Nothing is kept for it
/// anywhere: a slow one costs the writers nothing. Not thread-safe; many may read one store.
class subscription {
public:
  /// Begins to read `store`, which must outlive the subscription. Fails with `invalid_argument`
  /// (filter, bounds), `log_rewound` (the log does not hold what it is to begin after) or the
  /// store's failure.
  static auto open(event_store& store, const subscription_options& options) -> result<subscription>;

  /// The next events that fit, as soon as there is one; a batch without events when none came
  /// within `patience`. Progress is made also then: `through` moves over what does not fit.
  ///
  /// After a failure of the store the next call goes on without loss. `log_rewound`: the log
  /// no longer holds what was read from it, so nothing follows; every further call says it again.
  [[nodiscard]] auto next(std::chrono::milliseconds patience) -> result<log_batch>;

  /// All up to here was given by `next`: keep it, and another subscription can go on after it.
  auto reached() const -> const checkpoint& { return query_.after; }

private:
  subscription(event_store& store, batch_query query) : store_{&store}, query_{std::move(query)} {}

  event_store* store_;
  batch_query query_;
};

/// Short for `subscription::open`.
[[nodiscard]] inline auto subscribe(event_store& store, const subscription_options& options = {})
  -> result<subscription> {
  return subscription::open(store, options);
}

/// Calls `take` with what a subscription gives, one batch with events after the other, on the calling
/// thread, until `stop` is requested (seen between batches, within 50 ms while nothing comes) or
/// `take` fails. Failures of the store that pass are waited out. Gives the checkpoint up to which all
/// was taken, or what ended it.
[[nodiscard]] auto follow(event_store& store, const subscription_options& options,
                          const std::function<result<>(const log_batch&)>& take,
                          const std::stop_token& stop) -> result<checkpoint>;

} // namespace eventcore
