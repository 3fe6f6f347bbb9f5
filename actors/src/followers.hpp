#pragma once

#include "hosted_projection.hpp"
#include "hosted_subscription.hpp"

#include "eventcore/failure.hpp"
#include "eventcore/projection_status.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace eventcore::actors {

/// The projections and subscriptions of a runtime. Thread-safe.
class followers {
public:
  /// Fails with `invalid_argument` when one of that name runs, with `shutting_down` after `close`.
  auto add(const std::shared_ptr<hosted_projection>& one) -> result<>;
  auto add(const std::shared_ptr<hosted_subscription>& one) -> result<>;

  /// The projection of that name, whether it runs or ended; null when there was none.
  auto find(std::string_view name) const -> std::shared_ptr<hosted_projection>;

  /// Of all projections, by name, also of those that ended. The names live as long as this. `head`
  /// is a position that the log has reached.
  auto statuses(log_position head) const -> std::vector<projection_status>;

  /// The log's head has moved.
  void wake() const;

  /// Takes no more.
  void close();

  /// Ends all that did not end by themselves; their actors are gone.
  void abandon();

private:
  using projections = std::map<std::string, std::shared_ptr<hosted_projection>, std::less<>>;

  // Copies, so that nothing is called under the lock.
  auto copy_projections() const -> std::vector<std::shared_ptr<hosted_projection>>;
  auto copy_subscriptions() const -> std::vector<std::shared_ptr<hosted_subscription>>;

  mutable std::mutex mutex_;
  projections projections_; // nothing is ever taken out, so names stay
  std::vector<std::shared_ptr<hosted_subscription>> subscriptions_;
  bool closed_ = false;
};

} // namespace eventcore::actors
