#include "domain.hpp"

#include <eventcore/testing/scenario.hpp>

#include <boost/test/unit_test.hpp>

using namespace shop;
using namespace eventcore::testing;

namespace {

const ec::stream<stock> cup{"cup"};
const ec::stream<stock> teapot{"teapot"};
const ec::stream<order> mine{"1"};
const ec::stream<order> hers{"2"};
const ec::stream<payment> transfer{"tx-1"};

const auto cups = on(cup, pieces_stocked{10, 300});
const auto teapots = on(teapot, pieces_stocked{2, 2'000});
const order_placed two_cups_and_a_teapot{"anna", {{cup, 2, 300}, {teapot, 1, 2'000}}};

/// Anna's order, paid with what it costs.
const auto paid_order = on(mine, two_cups_and_a_teapot, order_paid{transfer});
const auto sold_cups = on(cup, pieces_stocked{10, 300}, pieces_sold{mine, 2, 300});
const auto sold_teapots = on(teapot, pieces_stocked{2, 2'000}, pieces_sold{mine, 1, 2'000});
const auto taken = on(transfer, payment_taken{mine, 2'600});

} // namespace

BOOST_AUTO_TEST_SUITE(restocking)

BOOST_AUTO_TEST_CASE(pieces_come_to_the_shelf_at_a_price) {
  given().when(restock{cup, 10, 300}).then(on(cup, pieces_stocked{10, 300}));
  given(cups).when(restock{cup, most, 0}).then(on(cup, pieces_stocked{most, 0}));
}

BOOST_AUTO_TEST_CASE(no_pieces_and_too_many_cannot_be_stocked) {
  given().when(restock{cup, 0, 300}).then(violates("0 pieces cannot be stocked"));
  given().when(restock{cup, -1, 300}).then(violates("-1 pieces cannot be stocked"));
  given().when(restock{cup, most + 1, 300}).then(violates("1000001 pieces cannot be stocked"));
}

BOOST_AUTO_TEST_CASE(a_price_is_neither_below_nothing_nor_beyond_all_bounds) {
  given().when(restock{cup, 1, -1}).then(violates("-1 is no price"));
  given().when(restock{cup, 1, most + 1}).then(violates("1000001 is no price"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(placing)

BOOST_AUTO_TEST_CASE(an_order_notes_the_prices_and_leaves_the_shelf_alone) {
  given(cups, teapots)
    .when(place_order{mine, "anna", {{cup, 2}, {teapot, 1}}})
    .then(on(mine, two_cups_and_a_teapot));
}

BOOST_AUTO_TEST_CASE(the_last_price_counts) {
  given(on(cup, pieces_stocked{1, 300}, pieces_stocked{1, 400}))
    .when(place_order{mine, "anna", {{cup, 2}}})
    .then(on(mine, order_placed{"anna", {{cup, 2, 400}}}));
}

BOOST_AUTO_TEST_CASE(an_order_is_placed_once) {
  given(cups, on(mine, two_cups_and_a_teapot))
    .when(place_order{mine, "ben", {{cup, 1}}})
    .then(violates(wrong_status{mine, order_status::open}));
  given(cups, on(mine, two_cups_and_a_teapot, order_cancelled{}))
    .when(place_order{mine, "anna", {{cup, 1}}})
    .then(violates(wrong_status{mine, order_status::cancelled}));
}

BOOST_AUTO_TEST_CASE(an_order_is_of_something) {
  given().when(place_order{mine, "anna", {}}).then(violates("order 1 is empty"));
  given(cups).when(place_order{mine, "anna", {{cup, 0}}}).then(violates("0 pieces cannot be"));
  given(cups).when(place_order{mine, "anna", {{cup, -2}}}).then(violates("-2 pieces cannot be"));
}

BOOST_AUTO_TEST_CASE(what_nobody_ever_stocked_is_not_sold) {
  given(cups)
    .when(place_order{mine, "anna", {{cup, 1}, {teapot, 1}}})
    .then(violates("teapot is not sold here"));
}

BOOST_AUTO_TEST_CASE(no_more_can_be_ordered_than_there_is) {
  given(cups)
    .when(place_order{mine, "anna", {{cup, 11}}})
    .then(violates(out_of_stock{cup, 10, 11}));
  given(cups)
    .when(place_order{mine, "anna", {{cup, 11}}})
    .then(violates("of cup there are 10 left, not 11"));
  given(cups)
    .when(place_order{mine, "anna", {{cup, 10}}})
    .then(on(mine, order_placed{"anna", {{cup, 10, 300}}}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(paying)

BOOST_AUTO_TEST_CASE(a_payment_takes_the_pieces_from_the_shelf) {
  given(cups, teapots, on(mine, two_cups_and_a_teapot))
    .when(pay_order{mine, transfer, 2'600})
    .then(on(cup, pieces_sold{mine, 2, 300}), on(teapot, pieces_sold{mine, 1, 2'000}),
          on(transfer, payment_taken{mine, 2'600}), on(mine, order_paid{transfer}));
}

BOOST_AUTO_TEST_CASE(the_price_of_the_order_counts_not_that_of_the_shelf) {
  given(on(cup, pieces_stocked{10, 300}, pieces_stocked{1, 900}), teapots,
        on(mine, two_cups_and_a_teapot))
    .when(pay_order{mine, transfer, 2'600})
    .then(on(cup, pieces_sold{mine, 2, 300}), on(teapot, pieces_sold{mine, 1, 2'000}),
          on(transfer, payment_taken{mine, 2'600}), on(mine, order_paid{transfer}));
}

BOOST_AUTO_TEST_CASE(only_an_open_order_is_paid) {
  given()
    .when(pay_order{mine, transfer, 0})
    .then(violates(wrong_status{mine, order_status::missing}));
  given(sold_cups, sold_teapots, taken, paid_order)
    .when(pay_order{mine, {"tx-2"}, 2'600})
    .then(violates(wrong_status{mine, order_status::paid}));
  given(cups, teapots, on(mine, two_cups_and_a_teapot, order_cancelled{}))
    .when(pay_order{mine, transfer, 2'600})
    .then(violates("order 1 is cancelled"));
}

BOOST_AUTO_TEST_CASE(exactly_what_is_due_is_paid) {
  for (const std::int64_t cents : {2'599, 2'601})
    given(cups, teapots, on(mine, two_cups_and_a_teapot))
      .when(pay_order{mine, transfer, cents})
      .then(violates("2600 cents are due, not 2"));
}

BOOST_AUTO_TEST_CASE(a_payment_pays_one_order) {
  given(sold_cups, sold_teapots, taken, paid_order, on(hers, order_placed{"ben", {{cup, 1, 300}}}))
    .when(pay_order{hers, transfer, 300})
    .then(violates("payment tx-1 was taken before"));
}

BOOST_AUTO_TEST_CASE(money_that_went_back_pays_nothing) {
  given(cups, on(transfer, payment_taken{mine, 300}, payment_returned{}),
        on(hers, order_placed{"ben", {{cup, 1, 300}}}))
    .when(pay_order{hers, transfer, 300})
    .then(violates("payment tx-1 was taken before"));
}

BOOST_AUTO_TEST_CASE(nothing_is_paid_when_one_item_was_sold_meanwhile) {
  // begin: rule
  given(cups, on(teapot, pieces_stocked{1, 2'000}, pieces_sold{hers, 1, 2'000}),
        on(mine, two_cups_and_a_teapot))
    .when(pay_order{mine, transfer, 2'600})
    .then(violates(out_of_stock{teapot, 0, 1}));
  // end: rule
}

BOOST_AUTO_TEST_CASE(the_last_pieces_are_sold) {
  given(on(cup, pieces_stocked{2, 300}), on(teapot, pieces_stocked{1, 2'000}),
        on(mine, two_cups_and_a_teapot))
    .when(pay_order{mine, transfer, 2'600})
    .then(on(cup, pieces_sold{mine, 2, 300}), on(teapot, pieces_sold{mine, 1, 2'000}),
          on(transfer, payment_taken{mine, 2'600}), on(mine, order_paid{transfer}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cancelling)

BOOST_AUTO_TEST_CASE(an_open_order_is_just_cancelled) {
  given(cups, teapots, on(mine, two_cups_and_a_teapot))
    .when(cancel_order{mine})
    .then(on(mine, order_cancelled{}));
}

BOOST_AUTO_TEST_CASE(a_paid_one_gives_back_money_and_pieces) {
  given(sold_cups, sold_teapots, taken, paid_order)
    .when(cancel_order{mine})
    .then(on(mine, order_cancelled{}), on(transfer, payment_returned{}),
          on(cup, pieces_returned{mine, 2, 300}), on(teapot, pieces_returned{mine, 1, 2'000}));
}

BOOST_AUTO_TEST_CASE(what_came_back_is_sold_again) {
  given(on(cup, pieces_stocked{1, 300}, pieces_sold{mine, 1, 300}, pieces_returned{mine, 1, 300}))
    .when(place_order{hers, "ben", {{cup, 1}}})
    .then(on(hers, order_placed{"ben", {{cup, 1, 300}}}));
}

BOOST_AUTO_TEST_CASE(an_order_is_cancelled_once) {
  given().when(cancel_order{mine}).then(violates(wrong_status{mine, order_status::missing}));
  given(cups, teapots, on(mine, two_cups_and_a_teapot, order_cancelled{}))
    .when(cancel_order{mine})
    .then(violates(wrong_status{mine, order_status::cancelled}));
  given(sold_cups, sold_teapots, on(transfer, payment_taken{mine, 2'600}, payment_returned{}),
        on(mine, two_cups_and_a_teapot, order_paid{transfer}, order_cancelled{}))
    .when(cancel_order{mine})
    .then(violates("order 1 is cancelled"));
}

BOOST_AUTO_TEST_SUITE_END()
