#include "eventcore/lease.hpp"

#include <utility>

namespace eventcore {

lease::lease(std::shared_ptr<event_store> store, std::string name, lease_token token)
    : store_{std::move(store)}, name_{std::move(name)}, token_{token} {}

auto lease::acquire(std::shared_ptr<event_store> store, std::string name,
                    std::chrono::milliseconds term) -> result<std::optional<lease>> {
  const auto token = store->acquire_lease(name, term);
  if (!token)
    return std::unexpected{token.error()};
  if (!*token)
    return std::nullopt;
  return lease{std::move(store), std::move(name), **token};
}

auto lease::operator=(lease&& other) noexcept -> lease& {
  lease old{std::move(*this)};
  store_ = std::move(other.store_);
  name_ = std::move(other.name_);
  token_ = other.token_;
  return *this;
}

lease::~lease() {
  // A lease that cannot be given back now ends with its term.
  if (store_)
    static_cast<void>(store_->release_lease(name_, token_));
}

auto lease::renew(std::chrono::milliseconds term) -> result<> {
  return store_->renew_lease(name_, token_, term);
}

} // namespace eventcore
