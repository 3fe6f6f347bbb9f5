// expect: an upcaster of the kind takes version 0
#include "upcasting.hpp"

struct purse : any_purse {
  static constexpr std::array upcasters{ec::upcaster::split("purse_torn", 0, &nothing)};
};

auto type() -> const ec::view_type* { return look_at<purse>(); }
