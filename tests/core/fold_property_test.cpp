#include "support/accounts.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/stores/memory.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <rapidcheck.h>

using namespace accounts;

namespace {

// Streams that name others: what discovery has to follow.
struct linked {
  ec::stream<struct node> to;
};

struct node {
  using events = ec::events<linked>;

  std::vector<ec::stream<node>> links;

  void apply(const linked& e) { links.push_back(e.to); }
};
BOOST_DESCRIBE_STRUCT(linked, (), (to))

struct link_nodes {
  ec::stream<node> from;
  ec::stream<node> to;

  auto handle(const node&, const node&, ec::emit<link_nodes>& emit) const -> ec::result<> {
    emit.to(from, linked{to});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(link_nodes, (), (from, to))

struct reached {
  std::vector<ec::stream<node>> nodes;
};
BOOST_DESCRIBE_STRUCT(reached, (), (nodes))

/// Reads all that can be reached from a node and tells it by a typed error.
struct reach {
  ec::stream<node> from;

  auto discover(const node& first, const ec::many<node>& found) const -> ec::related<node> {
    ec::related<node> next;
    next.add(first.links);
    for (const auto& [stream, state] : found) {
      next.add(stream);
      next.add(state.links);
    }
    return next;
  }

  auto handle(const node&, const ec::many<node>& found, ec::emit<reach>&) const -> ec::result<> {
    reached all;
    for (const auto& [stream, state] : found)
      all.nodes.push_back(stream);
    EVENTCORE_REQUIRE(false, all);
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(reach, (), (from))

auto node_number(std::size_t number) -> ec::stream<node> {
  return ec::unwrap(ec::stream<node>::of(fmt::format("{}", number)));
}

void holds(bool property) { BOOST_TEST(property); }

} // namespace

BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(a_folded_stream_is_the_sum_of_what_was_executed) {
  holds(rc::check("balance", [](const std::vector<std::pair<std::uint8_t, bool>>& moves) {
    const auto store = ec::memory::open();
    const ec::stream<account> alice{"alice"};
    const ec::stream<account> bob{"bob"};
    std::int64_t expected = 0;
    for (const auto& [cents, in] : moves) {
      if (in) {
        ec::unwrap(ec::execute(*store, deposit{alice, cents}));
        expected += cents;
      } else if (ec::execute(*store, transfer{alice, bob, cents})) {
        expected -= cents;
      } else {
        RC_ASSERT(expected < cents || cents == 0);
      }
    }
    RC_ASSERT(ec::unwrap(ec::load(*store, alice)).state.balance == expected);
  }));
}

BOOST_AUTO_TEST_CASE(a_fold_does_not_depend_on_the_pages_it_came_in) {
  holds(rc::check("pages", [](const std::vector<std::uint8_t>& amounts) {
    const auto store = ec::memory::open();
    const ec::stream<account> alice{"alice"};
    for (const auto cents : amounts)
      ec::unwrap(ec::execute(*store, deposit{alice, cents}));
    const auto size = *rc::gen::inRange<std::size_t>(1, 8);
    account state;
    ec::stream_head head;
    ec::read_stream query{.stream = alice.id(), .page = {.events = size}};
    for (bool complete = false; !complete; query.after = head.version) {
      const auto page = ec::unwrap(store->read(query));
      RC_ASSERT(ec::fold(ec::view_type_of<account>, page, &state, head).has_value());
      complete = page.complete;
    }
    const auto whole = ec::unwrap(ec::load(*store, alice));
    RC_ASSERT(state.balance == whole.state.balance);
    RC_ASSERT(head == whole.head);
  }));
}

// Breadth-first search over a random graph is the reference. A path of more than 16 links is too
// long to follow.
BOOST_AUTO_TEST_CASE(discovery_reads_exactly_what_can_be_reached) {
  holds(rc::check("reach", [] {
    const auto store = ec::memory::open();
    constexpr std::size_t nodes = 12;
    const auto number = rc::gen::inRange<std::size_t>(0, nodes);
    const auto links = *rc::gen::container<std::vector<std::pair<std::size_t, std::size_t>>>(
      rc::gen::pair(number, number));
    for (const auto& [from, to] : links)
      ec::unwrap(ec::execute(*store, link_nodes{node_number(from), node_number(to)}));

    std::set<ec::stream<node>> expected;
    std::vector<std::size_t> open{0};
    while (!open.empty()) {
      const auto at = open.back();
      open.pop_back();
      for (const auto& [from, to] : links)
        if (from == at && expected.insert(node_number(to)).second)
          open.push_back(to);
    }
    const auto told = ec::execute(*store, reach{node_number(0)});
    RC_ASSERT(!told.has_value());
    const auto found = told.error().as<reached>();
    RC_ASSERT(found.has_value());
    RC_ASSERT(std::ranges::equal(found->nodes, expected));
  }));
}

BOOST_AUTO_TEST_SUITE_END()
