// expect: eventcore: the command has no stream of this kind
#include "domain.hpp"

struct empty_account {
  ec::stream<account> which;

  auto handle(const account&, ec::emit<empty_account>& emit) const -> ec::result<> {
    emit.close(ec::stream<stock>{"tea"});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(empty_account, (), (which))

auto command() -> ec::any_command { return check(empty_account{{"alice"}}); }
