// expect: eventcore: handle() must be const and take the states in the order of the described members
#include "domain.hpp"

struct transfer_money {
  ec::stream<account> from;
  ec::stream<stock> to;

  auto handle(const stock&, const account&, ec::emit<transfer_money>&) const -> ec::result<> {
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(transfer_money, (), (from, to))

auto command() -> ec::any_command { return check(transfer_money{{"alice"}, {"bob"}}); }
