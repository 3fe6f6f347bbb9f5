// The pieces that the manual shows, as one program: a warehouse, orders that take from it, and a look at the log.
#include <eventcore/backends.hpp>
#include <eventcore/command.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/postgres.hpp>
#include <eventcore/stores/sqlite.hpp>
#include <eventcore/testing/scenario.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <map>

#include <fmt/core.h>

namespace ec = eventcore;

// begin: kinds
struct pieces_stored {
  std::int32_t pieces = 0;
};
BOOST_DESCRIBE_STRUCT(pieces_stored, (), (pieces))

struct pieces_taken {
  static constexpr std::string_view name = "taken"; // its stored name, whatever the type is called
  std::int32_t pieces = 0;
};
BOOST_DESCRIBE_STRUCT(pieces_taken, (), (pieces))

struct stock {
  using events = ec::events<pieces_stored, pieces_taken>;
  std::int32_t pieces = 0;
  void apply(const pieces_stored& e) { pieces += e.pieces; }
  void apply(const pieces_taken& e) { pieces -= e.pieces; }
};

struct item_ordered {
  ec::stream<stock> item;
  std::int32_t pieces = 0;
};
BOOST_DESCRIBE_STRUCT(item_ordered, (), (item, pieces))

struct order_shipped {};
BOOST_DESCRIBE_STRUCT(order_shipped, (), ())

struct order {
  using events = ec::events<item_ordered, order_shipped>;
  std::map<ec::stream<stock>, std::int32_t> items;
  bool shipped = false;
  void apply(const item_ordered& e) { items[e.item] += e.pieces; }
  void apply(const order_shipped&) { shipped = true; }
};
// end: kinds

// begin: single
struct store_pieces {
  ec::stream<stock> where;
  std::int32_t pieces = 0;

  auto handle(const stock&) const -> ec::result<pieces_stored> { return pieces_stored{pieces}; }
};
BOOST_DESCRIBE_STRUCT(store_pieces, (), (where, pieces))
// end: single

struct order_item {
  ec::stream<order> which;
  ec::stream<stock> item;
  std::int32_t pieces = 0;

  auto handle(const order& found, const stock&, ec::emit<order_item>& emit) const -> ec::result<> {
    EVENTCORE_REQUIRE(!found.shipped, "{} is already shipped", which);
    emit.to<&order_item::which>(item_ordered{item, pieces});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(order_item, (), (which, item, pieces))

// begin: states
struct move_pieces {
  ec::stream<stock> from;
  ec::stream<stock> to;
  std::int32_t pieces = 0;

  auto handle(const ec::states<move_pieces>& all, ec::emit<move_pieces>& emit) const
    -> ec::result<> {
    EVENTCORE_REQUIRE(all[from].pieces >= pieces, "{} has {} left", from, all[from].pieces);
    emit.to<&move_pieces::from>(pieces_taken{pieces});
    emit.to<&move_pieces::to>(pieces_stored{pieces});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(move_pieces, (), (from, to, pieces))
// end: states

// begin: discovery
struct out_of_stock {
  ec::stream<stock> item;
  std::int32_t left = 0;
};
BOOST_DESCRIBE_STRUCT(out_of_stock, (), (item, left))

struct ship_order {
  ec::stream<order> which;

  auto discover(const order& found, const ec::many<stock>&) const -> ec::related<stock> {
    ec::related<stock> needed;
    for (const auto& [item, pieces] : found.items)
      needed.add(item);
    return needed;
  }

  auto handle(const order& found, const ec::many<stock>& stocks, ec::emit<ship_order>& emit) const
    -> ec::result<> {
    EVENTCORE_REQUIRE(!found.shipped, "{} is already shipped", which);
    for (const auto& [item, pieces] : found.items) {
      EVENTCORE_REQUIRE(stocks[item].pieces >= pieces, out_of_stock{item, stocks[item].pieces});
      emit.to(item, pieces_taken{pieces});
    }
    emit.to(which, order_shipped{});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(ship_order, (), (which))
// end: discovery

// begin: view
struct turnover { // another fold of a stock's events, for whoever needs it
  std::int64_t stored = 0;
  std::int64_t taken = 0;
  void apply(const pieces_stored& e) { stored += e.pieces; }
  void apply(const pieces_taken& e) { taken += e.pieces; }
};

struct check_turnover {
  ec::stream<stock, turnover> which;

  auto handle(const turnover& so_far, ec::emit<check_turnover>&) const -> ec::result<> {
    EVENTCORE_REQUIRE(so_far.taken <= so_far.stored, "{} gave more than it had", which);
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(check_turnover, (), (which))
// end: view

namespace {

const ec::stream<stock> apples{"apples"};
const ec::stream<stock> cellar{"cellar"};

void test_without_a_store() {
  // begin: scenario
  using namespace ec::testing;

  const ec::stream<order> cart{"cart"};
  given(on(cart, item_ordered{apples, 2}), on(apples, pieces_stored{5}))
    .when(ship_order{cart})
    .then(on(apples, pieces_taken{2}), on(cart, order_shipped{}));

  given(on(cart, item_ordered{apples, 2}), on(apples, pieces_stored{1}))
    .when(ship_order{cart})
    .then(violates(out_of_stock{apples, 1}));
  // end: scenario
}

auto open_by_url(std::string_view url) -> std::shared_ptr<ec::event_store> {
  // begin: open
  ec::backends backends; // what this program links
  ec::memory::add_to(backends);
  ec::sqlite::add_to(backends);
  ec::postgres::add_to(backends);
  auto store = backends.open(url); // "memory:", "sqlite:path/shop.db", "postgresql://host/shop"
  // end: open
  return ec::unwrap(std::move(store));
}

void execute_with_options(ec::event_store& store) {
  // begin: options
  ec::execute_options options;
  options.request = ec::unwrap(ec::request_id::of("deliveries/4711")); // repeating it has no effect
  options.metadata.actor = "anna";
  options.metadata.pairs["ip"] = "192.0.2.1";
  options.retry.retries = 9;
  options.retry.on_retry = ec::log_retries(std::cerr);

  const auto done = ec::unwrap(ec::execute(store, store_pieces{apples, 10}, options));
  fmt::print("version {} at position {}, {} attempt(s)\n", done.streams.front().version.value,
             done.first.value, done.attempts);
  // end: options
}

void expect_a_version(ec::event_store& store) {
  // begin: expect
  const auto shown = ec::unwrap(ec::load(store, apples)); // what a form showed to a user
  ec::execute_options options;
  options.expect(apples, shown.head.version);
  ec::unwrap(ec::execute(store, move_pieces{apples, cellar, 1}, options));
  // end: expect
}

void ship(ec::event_store& store) {
  const ec::stream<order> cart{"cart"};
  ec::unwrap(ec::execute(store, order_item{cart, apples, 50}));
  // begin: typed-error
  if (const auto shipped = ec::execute(store, ship_order{cart}); !shipped)
    if (const auto missing = shipped.error().as<out_of_stock>())
      fmt::print("only {} of {} left\n", missing->left, missing->item);
  // end: typed-error
  ec::unwrap(ec::execute(store, check_turnover{apples.as<turnover>()}));
}

void read_the_log(ec::event_store& store) {
  // begin: read-log
  ec::read_log query{.filter = {.kinds = {"stock"}, .types = {"stock.pieces_stored"}}};
  for (bool complete = false; !complete;) {
    const auto page = ec::unwrap(store.read(query));
    for (const auto& event : page.events)
      fmt::print("{} {} {} {}\n", event.position.value, event.stream, event.type, event.payload);
    query.after = page.through;
    complete = page.complete;
  }
  // end: read-log
}

} // namespace

auto main(int argc, char** argv) -> int try {
  test_without_a_store();
  const auto store = open_by_url(argc > 1 ? argv[1] : "memory:");
  execute_with_options(*store);
  expect_a_version(*store);
  ship(*store);
  read_the_log(*store);
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
