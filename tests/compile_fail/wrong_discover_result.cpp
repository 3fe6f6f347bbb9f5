// expect: eventcore: discover() must be const, return ec::related<kinds...>
#include "domain.hpp"

#include <vector>

struct take_stock {
  ec::stream<account> payer;

  auto discover(const account&) const -> std::vector<ec::stream<stock>> { return {}; }
  auto handle(const account&, ec::emit<take_stock>&) const -> ec::result<> { return {}; }
};
BOOST_DESCRIBE_STRUCT(take_stock, (), (payer))

auto command() -> ec::any_command { return check(take_stock{{"alice"}}); }
