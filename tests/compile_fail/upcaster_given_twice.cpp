// expect: two upcasters of the kind take the same version of the same event
#include "upcasting.hpp"

struct purse : any_purse {
  static constexpr std::array upcasters{ec::upcaster::step("purse_filled", 1, &next),
                                        ec::upcaster::step("purse_filled", 2, &next),
                                        ec::upcaster::drop("purse_filled", 1)};
};

auto type() -> const ec::view_type* { return look_at<purse>(); }
