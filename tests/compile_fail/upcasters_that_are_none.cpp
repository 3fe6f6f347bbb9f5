// expect: `upcasters` of a kind must be
#include "upcasting.hpp"

struct purse : any_purse {
  static constexpr int upcasters = 3;
};

auto type() -> const ec::view_type* { return look_at<purse>(); }
