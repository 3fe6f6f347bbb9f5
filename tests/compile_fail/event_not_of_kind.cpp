// expect: eventcore: streams of this kind do not hold this event
#include "domain.hpp"

struct deposit {
  ec::stream<account> to;

  auto handle(const account&, ec::emit<deposit>& emit) const -> ec::result<> {
    emit.to(to, stock_taken{1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
