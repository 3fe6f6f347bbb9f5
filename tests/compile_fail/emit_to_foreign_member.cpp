// expect: eventcore: this is not a member of the command that is being handled
#include "domain.hpp"

struct withdraw {
  ec::stream<account> from;
};

struct deposit {
  ec::stream<account> to;

  auto handle(const account&, ec::emit<deposit>& emit) const -> ec::result<> {
    emit.to<&withdraw::from>(money_deposited{1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
