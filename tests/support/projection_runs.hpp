#pragma once

#include "support/accounts.hpp"
#include "support/driven_projection.hpp"

#include <memory>
#include <utility>

// Runs that the tests of the projections' logic begin with.
namespace support {

struct deposits {
  static constexpr std::string_view name = "deposits";
  using streams = ec::kinds<accounts::account>;
  void apply(const accounts::money_deposited&) {}
};

struct with_reset : deposits {
  void reset() {}
};

inline constexpr auto& plain = ec::detail::projection_type_of<deposits>;
inline constexpr auto& resettable = ec::detail::projection_type_of<with_reset>;

inline auto continuous() -> ec::projection_options { return {.until = ec::run_until::stopped}; }

/// A run that has no checkpoint and was given events 1 to 3 of a log that ends there.
inline auto with_three_events(ec::projection_options options,
                              ec::projection_run::saving how = ec::projection_run::saving::apart)
  -> std::unique_ptr<driven_projection> {
  auto made = std::make_unique<driven_projection>(plain, std::move(options), how);
  made->loaded(std::nullopt);
  made->batch(batch_of({1, 2, 3}, 3, 3));
  return made;
}

} // namespace support
