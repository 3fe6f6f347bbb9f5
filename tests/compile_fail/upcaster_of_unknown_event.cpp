// expect: a step of the kind leads to an event that the kind does not list
#include "upcasting.hpp"

struct purse : any_purse {
  static constexpr std::array upcasters{ec::upcaster::step("purse_emptied", 1, &next)};
};

auto type() -> const ec::view_type* { return look_at<purse>(); }
