#include "read_models.hpp"
#include "seed.hpp"

#include <eventcore/actors/config.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>

#include <memory>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>

using namespace shop;

namespace {

/// A day in the shop: anna's order is paid, ben's stays open, carla sends hers back.
struct small_shop {
  std::shared_ptr<ec::event_store> shared = ec::memory::open();
  ec::event_store& store = *shared;

  small_shop() {
    act(restock{{"cup"}, 10, 300});
    act(restock{{"teapot"}, 2, 2'000});
    act(place_order{{"1"}, "anna", {{{"cup"}, 2}, {{"teapot"}, 1}}});
    act(pay_order{{"1"}, {"tx-1"}, 2'600});
    act(place_order{{"2"}, "ben", {{{"cup"}, 1}}});
    act(place_order{{"3"}, "carla", {{{"cup"}, 4}}});
    act(pay_order{{"3"}, {"tx-3"}, 1'200});
    act(cancel_order{{"3"}});
    act(restock{{"cup"}, 1, 350});
  }

  void act(const ec::any_command& command) const { ec::unwrap(ec::execute(store, command)); }

  template <class ReadModel>
  void follow(ReadModel& model, const ec::checkpoint& from = {}) const {
    ec::unwrap(ec::run(store, model, {.from = from}));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(shop_read_models, small_shop)

BOOST_AUTO_TEST_CASE(customers_see_their_orders) {
  order_summaries all;
  follow(all);
  BOOST_REQUIRE(all.orders.size() == 3U);
  const auto& [customer, pieces, total, status] = all.orders.at("1");
  BOOST_TEST(customer == "anna");
  BOOST_TEST(pieces == 3);
  BOOST_TEST(total == 2'600);
  BOOST_CHECK(status == order_status::paid);
  BOOST_CHECK(all.orders.at("2").status == order_status::open);
  BOOST_CHECK(all.orders.at("3").status == order_status::cancelled);
}

BOOST_AUTO_TEST_CASE(the_catalogue_counts_what_is_left_and_what_was_sold) {
  catalogue all;
  follow(all);
  BOOST_REQUIRE(all.items.size() == 2U);
  const auto& [price, left, sold, earned] = all.items.at("cup");
  BOOST_TEST(price == 350);
  BOOST_TEST(left == 9);
  BOOST_TEST(sold == 2);
  BOOST_TEST(earned == 600);
  BOOST_TEST(all.items.at("teapot").sold == 1);
}

BOOST_AUTO_TEST_CASE(both_can_begin_anew) {
  order_summaries orders;
  catalogue items;
  for (int i = 0; i < 2; ++i) {
    orders.reset();
    items.reset();
    follow(orders);
    follow(items);
  }
  BOOST_TEST(orders.orders.size() == 3U);
  BOOST_TEST(items.items.at("cup").left == 9);
}

BOOST_AUTO_TEST_CASE(a_read_model_that_follows_sees_what_comes_later) {
  catalogue all;
  const auto seen = ec::unwrap(ec::run(store, all, {.from = ec::checkpoint{}}));
  act(pay_order{{"2"}, {"tx-2"}, 300});
  follow(all, seen.reached);
  BOOST_TEST(all.items.at("cup").left == 8);
  BOOST_TEST(all.items.at("cup").sold == 3);
}

BOOST_AUTO_TEST_SUITE_END()
