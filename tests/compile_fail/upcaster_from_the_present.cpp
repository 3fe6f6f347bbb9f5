// expect: an upcaster of the kind takes a version that the event has now or will have
#include "upcasting.hpp"

struct purse : any_purse {
  static constexpr std::array upcasters{ec::upcaster::step("filled", 3, &next)};
};

auto type() -> const ec::view_type* { return look_at<purse>(); }
