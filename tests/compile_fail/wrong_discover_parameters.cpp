// expect: eventcore: discover() must be const, return ec::related<kinds...>, and take the same states as handle()
#include "domain.hpp"

struct take_stock {
  ec::stream<account> payer;

  auto discover(const stock&) const -> ec::related<stock> { return {}; }
  auto handle(const account&, const ec::many<stock>&, ec::emit<take_stock>&) const -> ec::result<> {
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(take_stock, (), (payer))

auto command() -> ec::any_command { return check(take_stock{{"alice"}}); }
