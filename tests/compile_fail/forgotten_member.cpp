// expect: eventcore: a member of the command is missing in its BOOST_DESCRIBE_STRUCT
#include "domain.hpp"

struct transfer_money {
  ec::stream<account> from;
  ec::stream<account> to;

  auto handle(const account&, ec::emit<transfer_money>& emit) const -> ec::result<> {
    emit.to(to, money_deposited{1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(transfer_money, (), (from))

auto command() -> ec::any_command { return check(transfer_money{{"alice"}, {"bob"}}); }
