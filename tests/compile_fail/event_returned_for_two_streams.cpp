// expect: eventcore: handle() may return an event only when the command has exactly one stream
#include "domain.hpp"

struct transfer_money {
  ec::stream<account> from;
  ec::stream<account> to;

  auto handle(const account&, const account&) const -> ec::result<money_deposited> {
    return money_deposited{1};
  }
};
BOOST_DESCRIBE_STRUCT(transfer_money, (), (from, to))

auto command() -> ec::any_command { return check(transfer_money{{"alice"}, {"bob"}}); }
