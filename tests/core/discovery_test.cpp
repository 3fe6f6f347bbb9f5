#include "support/accounts.hpp"
#include "support/driven.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

using namespace accounts;
using support::driven;
using support::head;

namespace {

const ec::stream<order> cart{"cart"};
const ec::stream<stock> apples{"apples"};
const ec::stream<stock> pears{"pears"};

auto listed(std::initializer_list<ec::stream<stock>> items) -> order {
  order made;
  for (const auto& item : items)
    made.apply(item_listed{item, 1});
  return made;
}

/// Each stream names the next: account-0, account-1, ...
struct endless {
  ec::stream<account> first;

  auto discover(const account&, const ec::many<account>& found) const -> ec::related<account> {
    ec::related<account> all;
    for (const auto& [stream, state] : found)
      all.add(stream);
    all.add(ec::unwrap(ec::stream<account>::of(fmt::format("{:03}", found.size()))));
    return all;
  }

  auto handle(const account&, const ec::many<account>&, ec::emit<endless>&) const -> ec::result<> {
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(endless, (), (first))

/// Finds the stream that it already has.
struct self_related {
  ec::stream<account> self;

  auto discover(const account&, const ec::many<account>&) const -> ec::related<account> {
    ec::related<account> found;
    found.add(self);
    return found;
  }

  auto handle(const account& mine, const ec::many<account>& found,
              ec::emit<self_related>& emit) const -> ec::result<> {
    EVENTCORE_REQUIRE(found.size() == 1 && &found[self] == &mine, "two states of one stream");
    emit.to(self, money_deposited{1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(self_related, (), (self))

struct line {
  ec::stream<stock> item;
  std::int32_t pieces = 0;
};
BOOST_DESCRIBE_STRUCT(line, (), (item, pieces))

/// Its streams stand inside other members.
struct restock {
  std::vector<line> lines;
  std::optional<ec::stream<account>> payer;

  auto handle(const account* paid_by, const ec::many<stock>& stocks, ec::emit<restock>& emit) const
    -> ec::result<> {
    EVENTCORE_REQUIRE(paid_by != nullptr, "somebody must pay for {} items", stocks.size());
    for (const auto& one : lines)
      emit.to(one.item, stock_added{one.pieces});
    emit.to<&restock::payer>(money_withdrawn{1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(restock, (), (lines, payer))

} // namespace

BOOST_AUTO_TEST_SUITE(discovery)

BOOST_AUTO_TEST_CASE(found_streams_are_read_before_the_decision_and_checked_with_it) {
  driven run{ship_order{cart}};
  run.loaded(driven::state(listed({pears, apples}), head(2, 1)));
  BOOST_REQUIRE_EQUAL(run.load().size(), 2U);
  BOOST_CHECK(run.load()[0].stream == apples.id());
  BOOST_CHECK(run.load()[1].stream == pears.id());
  run.loaded(driven::state(stock{3}, head(1, 2)), driven::state(stock{1}, head(1, 3)));
  const auto& set = run.append();
  BOOST_REQUIRE_EQUAL(set.reads.size(), 3U);
  BOOST_TEST(set.events.size() == 3U);
  BOOST_CHECK(std::ranges::is_sorted(set.reads, {}, &ec::expectation::stream));
}

BOOST_AUTO_TEST_CASE(a_typed_rule_error_survives) {
  driven run{ship_order{cart}};
  run.loaded(driven::state(listed({apples}), head(2, 1)));
  run.loaded(driven::state(stock{0}, head(1, 2)));
  run.commit();
  BOOST_REQUIRE(!run.done());
  const auto error = run.done().error().as<out_of_stock>();
  BOOST_REQUIRE(error);
  BOOST_CHECK(error->item == apples);
  BOOST_TEST(run.done().error().detail == R"(out_of_stock {"item":"stock-apples","left":0})");
}

BOOST_AUTO_TEST_CASE(a_retry_loads_the_known_streams_at_once_and_forgets_those_not_found_again) {
  driven run{ship_order{cart}};
  run.loaded(driven::state(listed({apples, pears}), head(2, 1)));
  run.loaded(driven::state(stock{3}, head(1, 2)), driven::state(stock{3}, head(1, 3)));
  run.refuse(head(3, 9));
  run.wake();
  BOOST_REQUIRE_EQUAL(run.load().size(), 3U);
  run.loaded(driven::state(listed({apples}), head(3, 9)), driven::state(stock{3}, head(1, 2)),
             driven::state(stock{3}, head(1, 3)));
  const auto& set = run.append();
  BOOST_REQUIRE_EQUAL(set.reads.size(), 2U);
  BOOST_CHECK(set.reads[1].stream == apples.id());
  BOOST_REQUIRE_EQUAL(set.events.size(), 2U);
  BOOST_TEST(set.events[0].stream == 1U);
  BOOST_TEST(set.events[1].stream == 0U);
}

BOOST_AUTO_TEST_CASE(discovery_that_never_ends_is_stopped_checked_and_told) {
  driven run{endless{{"start"}}};
  run.loaded(driven::state(account{}));
  for (int round = 0; round < 16; ++round)
    run.loaded(driven::state(account{}));
  BOOST_CHECK(run.append().effect == ec::effect::answer);
  BOOST_TEST(run.append().reads.size() == 17U);
  run.commit();
  BOOST_REQUIRE(!run.done());
  BOOST_CHECK(run.done().error().code == ec::errc::discovery_exhausted);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_found_again_is_read_once) {
  driven run{self_related{{"self"}}};
  run.loaded(driven::state(account{}, head(1, 1)));
  BOOST_TEST(run.append().reads.size() == 1U);
  BOOST_TEST(run.append().events.size() == 1U);
}

BOOST_AUTO_TEST_CASE(streams_inside_other_members_are_part_of_the_boundary) {
  driven run{restock{{{pears, 2}, {apples, 3}, {pears, 1}}, ec::stream<account>{"shop"}}};
  BOOST_REQUIRE_EQUAL(run.load().size(), 3U);
  run.loaded(driven::state(account{}), driven::state(stock{}), driven::state(stock{}));
  BOOST_TEST(run.append().reads.size() == 3U);
  BOOST_TEST(run.append().events.size() == 4U);
}

BOOST_AUTO_TEST_CASE(an_optional_stream_that_is_not_there_is_null) {
  driven run{restock{{{pears, 2}}, std::nullopt}};
  BOOST_REQUIRE_EQUAL(run.load().size(), 1U);
  run.loaded(driven::state(stock{}));
  run.commit();
  BOOST_REQUIRE(!run.done());
  BOOST_TEST(run.done().error().detail == "somebody must pay for 1 items");
}

BOOST_AUTO_TEST_SUITE_END()
