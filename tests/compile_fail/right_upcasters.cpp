// What the wrong upcasters here get right; it must compile.
#include "upcasting.hpp"

struct purse : any_purse {
  static constexpr std::array upcasters{ec::upcaster::step("filled", 1, &next),
                                        ec::upcaster::step("purse_filled", 1, &next),
                                        ec::upcaster::step("purse_filled", 2, &next),
                                        ec::upcaster::step("purse_torn", 1, &next),
                                        ec::upcaster::split("purse_torn", 2, &nothing),
                                        ec::upcaster::drop("purse_lost"),
                                        ec::upcaster::drop("purse_kept", 1)};
};

auto type() -> const ec::view_type* { return look_at<purse>(); }
