// expect: eventcore: this member is no ec::stream
#include "domain.hpp"

struct deposit {
  ec::stream<account> to;
  std::int64_t cents;

  auto handle(const account&, ec::emit<deposit>& emit) const -> ec::result<> {
    emit.to<&deposit::cents>(money_deposited{cents});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to, cents))

auto command() -> ec::any_command { return check(deposit{{"alice"}, 1}); }
