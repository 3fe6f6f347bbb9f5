// expect: eventcore: the command has no description
#include "domain.hpp"

struct deposit {
  ec::stream<account> to;

  auto handle(const account&, ec::emit<deposit>& emit) const -> ec::result<> {
    emit.to(to, money_deposited{1});
    return {};
  }
};

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
