// expect: eventcore: the command has no stream of this kind
#include "domain.hpp"

struct deposit {
  ec::stream<account> to;

  auto handle(const account&, ec::emit<deposit>& emit) const -> ec::result<> {
    emit.to(ec::stream<stock>{"tea"}, stock_taken{1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
