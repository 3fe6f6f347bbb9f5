#pragma once

#include "eventcore/event_store.hpp"

#include <memory>
#include <string>

namespace eventcore {

/// Holds a lease of a store and gives it back at once when it goes. Not thread-safe.
class lease {
public:
  /// Takes the lease `name` for `term`, or nothing when another holder has it.
  static auto acquire(std::shared_ptr<event_store> store, std::string name,
                      std::chrono::milliseconds term) -> result<std::optional<lease>>;

  lease(lease&&) noexcept = default;
  auto operator=(lease&& other) noexcept -> lease&;
  ~lease();

  /// Holds it for another `term` from now; fails with `lease_lost`.
  [[nodiscard]] auto renew(std::chrono::milliseconds term) -> result<>;

  auto token() const -> const lease_token& { return token_; }

private:
  lease(std::shared_ptr<event_store> store, std::string name, lease_token token);

  std::shared_ptr<event_store> store_; // empty after a move
  std::string name_;
  lease_token token_;
};

} // namespace eventcore
