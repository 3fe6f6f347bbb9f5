#pragma once

#include "domain.hpp"

#include <eventcore/upcasting.hpp>
#include <eventcore/view_type.hpp>

#include <array>
#include <string_view>
#include <vector>

struct purse_filled {
  static constexpr std::uint32_t type_version = 3;
  static constexpr std::array<std::string_view, 1> aliases{"filled"};
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(purse_filled, (), (cents))

inline void next(boost::json::object&) {}
inline auto nothing(boost::json::object) -> std::vector<ec::lifted> { return {}; }

/// What every purse here has but its upcasters.
struct any_purse {
  static constexpr std::string_view kind = "purse";
  using events = ec::events<purse_filled>;
  void apply(const purse_filled&) {}
};

/// Has the compiler look at a kind as every host of it does.
template <class Purse>
auto look_at() -> const ec::view_type* {
  return &ec::view_type_of<Purse>;
}
