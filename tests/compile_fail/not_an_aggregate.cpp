// expect: eventcore: a command must be an aggregate
#include "domain.hpp"

#include <utility>

struct deposit {
  explicit deposit(ec::stream<account> account_to_credit) : to{std::move(account_to_credit)} {}

  auto handle(const account&) const -> ec::result<money_deposited> { return money_deposited{1}; }

  ec::stream<account> to;
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
