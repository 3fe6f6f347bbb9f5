#include "actors/support/balance.hpp"

#include <eventcore/close_stream.hpp>
#include <eventcore/maintenance.hpp>

using namespace accounts;
using namespace support;

namespace {

const ec::stream<account> alice{"alice"};

struct close_account {
  ec::stream<account> which;

  auto handle(const account& found, ec::emit<close_account>& emit) const -> ec::result<> {
    if (found.balance > 0)
      emit.to(which, money_withdrawn{found.balance});
    emit.close(which);
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(close_account, (), (which))

auto types_of(world& w, std::string_view stream) -> std::string {
  const auto page = ec::unwrap(
    w.store->inner().read(ec::read_stream{.stream = ec::unwrap(ec::stream_id::of(stream))}));
  std::string types;
  for (const auto& event : page.events)
    types += std::string{types.empty() ? "" : " "}.append(event.type);
  return types;
}

} // namespace

BOOST_AUTO_TEST_SUITE(closing_in_actors)

BOOST_AUTO_TEST_CASE(what_follows_in_the_pipeline_sees_the_stream_as_it_was_left) {
  world w;
  w.execute(deposit{alice, 10});
  w.execute(close_account{alice});
  w.execute(deposit{alice, 5});
  const auto last = w.execute(close_account{alice});
  w.run();
  BOOST_REQUIRE(w.succeeded(last));
  BOOST_TEST(w.outcome(last)->attempts == 1U);
  BOOST_TEST(types_of(w, "account-alice")
             == "money_deposited money_withdrawn $closed money_deposited money_withdrawn $closed");
  BOOST_TEST(balance(w, alice) == 0);
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_stream_is_closed_once_by_commands_that_know_no_type) {
  world w;
  w.execute(deposit{alice, 10});
  const auto first = w.execute(ec::close_stream{alice.id()});
  const auto second = w.execute(ec::close_stream{alice.id()});
  const auto third = w.execute(deposit{alice, 1});
  const auto fourth = w.execute(ec::close_stream{alice.id()});
  w.run();
  BOOST_TEST(
    (w.succeeded(first) && w.succeeded(second) && w.succeeded(third) && w.succeeded(fourth)));
  BOOST_TEST(types_of(w, "account-alice") == "money_deposited $closed money_deposited $closed");
  w.check_at_rest();
}

BOOST_AUTO_TEST_SUITE_END()
