// What all wrong programs here get right; it must compile.
#include "domain.hpp"

#include <optional>

struct transfer_money {
  ec::stream<account> from;
  ec::stream<account> to;
  std::int64_t cents;

  auto handle(const account& source, const account&, ec::emit<transfer_money>& emit) const
    -> ec::result<> {
    EVENTCORE_REQUIRE(source.balance >= cents, "{} holds {}, needs {}", from, source.balance,
                      cents);
    emit.to(from, money_withdrawn{cents});
    emit.to<&transfer_money::to>(money_deposited{cents});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(transfer_money, (), (from, to, cents))

struct take_stock {
  ec::stream<account> payer;
  std::optional<ec::stream<stock>> first;

  auto discover(const account&, const stock*, const ec::many<stock>&) const -> ec::related<stock> {
    ec::related<stock> found;
    found.add(ec::stream<stock>{"tea"});
    return found;
  }
  auto handle(const account&, const stock*, const ec::many<stock>& all,
              ec::emit<take_stock>& emit) const -> ec::result<> {
    for (const auto& one : all)
      emit.to(one.stream, stock_taken{1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(take_stock, (), (payer, first))

auto transfer() -> ec::any_command { return check(transfer_money{{"alice"}, {"bob"}, 1}); }
auto take() -> ec::any_command { return check(take_stock{{"alice"}, {}}); }
