// expect: a step of the kind leads to a version older than the event's, and no upcaster goes on
#include "upcasting.hpp"

struct purse : any_purse {
  static constexpr std::array upcasters{ec::upcaster::step("purse_filled", 1, &next)};
};

auto type() -> const ec::view_type* { return look_at<purse>(); }
