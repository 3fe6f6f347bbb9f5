// expect: use of deleted function
#include "upcasting.hpp"

struct purse : any_purse {
  static constexpr std::array upcasters{ec::upcaster::split("purse_torn", 1, nullptr)};
};

auto type() -> const ec::view_type* { return look_at<purse>(); }
