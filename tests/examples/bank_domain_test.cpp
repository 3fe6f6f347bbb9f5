#include "domain.hpp"

#include <eventcore/testing/scenario.hpp>

#include <boost/test/unit_test.hpp>

using namespace bank;
using namespace eventcore::testing;

namespace {

const ec::stream<account> alice{"home-1"};
const ec::stream<account> bob{"AB-2"};

auto transfer(std::int64_t cents) -> transfer_money {
  return {.order = "7", .from = alice, .to = bob, .amount = {cents}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(rules)

BOOST_AUTO_TEST_CASE(accounts_open_with_their_balances) {
  given()
    .when(open_accounts{alice, bob, {1000}, {0}})
    .then(on(alice, account_opened{{1000}}), on(bob, account_opened{}));
}

BOOST_AUTO_TEST_CASE(opening_an_account_again_changes_nothing) {
  given(on(alice, account_opened{{1000}}))
    .when(open_accounts{alice, bob, {5}, {5}})
    .then(on(bob, account_opened{{5}}));
  given(on(alice, account_opened{{1000}}), on(bob, account_opened{}))
    .when(open_accounts{alice, bob, {5}, {5}})
    .then();
}

BOOST_AUTO_TEST_CASE(a_transfer_changes_both_accounts) {
  given(on(alice, account_opened{{1000}}), on(bob, account_opened{}))
    .when(transfer(300))
    .then(on(alice, money_withdrawn{"7", bob, {300}}), on(bob, money_deposited{"7", alice, {300}}));
}

BOOST_AUTO_TEST_CASE(the_whole_balance_may_go) {
  given(on(alice, account_opened{{300}}), on(bob, account_opened{}))
    .when(transfer(300))
    .then(on(alice, money_withdrawn{"7", bob, {300}}), on(bob, money_deposited{"7", alice, {300}}));
}

BOOST_AUTO_TEST_CASE(an_order_above_the_balance_is_recorded_as_rejected) {
  given(on(alice, account_opened{{1000}}, money_withdrawn{"6", bob, {800}}),
        on(bob, account_opened{}, money_deposited{"6", alice, {800}}))
    .when(transfer(201))
    .then(on(alice, order_rejected{"7", rejection::insufficient_funds}));
}

BOOST_AUTO_TEST_CASE(what_was_received_can_be_paid_on) {
  given(on(alice, account_opened{}, money_deposited{"6", bob, {300}}), on(bob, account_opened{}))
    .when(transfer(300))
    .then(on(alice, money_withdrawn{"7", bob, {300}}), on(bob, money_deposited{"7", alice, {300}}));
}

BOOST_AUTO_TEST_CASE(an_order_that_a_balance_cannot_hold_is_recorded_as_rejected) {
  given(on(alice, account_opened{{1000}}), on(bob, account_opened{money::max()}))
    .when(transfer(1))
    .then(on(alice, order_rejected{"7", rejection::balance_too_high}));
}

BOOST_AUTO_TEST_CASE(both_accounts_must_be_open_and_the_caller_is_told_which_is_not) {
  given(on(bob, account_opened{})).when(transfer(1)).then(violates(not_open{alice}));
  given(on(alice, account_opened{{1000}})).when(transfer(1)).then(violates(not_open{bob}));
  given(on(alice, account_opened{{1000}}))
    .when(transfer(1))
    .then(violates("account-AB-2 is not open"));
}

BOOST_AUTO_TEST_CASE(nobody_pays_himself) {
  given(on(alice, account_opened{{1000}}))
    .when(transfer_money{.order = "7", .from = alice, .to = alice, .amount = {1}})
    .then(violates("account-home-1 cannot pay 0.01 to account-home-1"));
}

BOOST_AUTO_TEST_CASE(nothing_and_less_cannot_be_moved) {
  given(on(alice, account_opened{{1000}}), on(bob, account_opened{}))
    .when(transfer(0))
    .then(violates("account-home-1 cannot pay 0.00 to account-AB-2"));
  given(on(alice, account_opened{{1000}}), on(bob, account_opened{}))
    .when(transfer(-5))
    .then(violates("account-home-1 cannot pay -0.05 to account-AB-2"));
}

BOOST_AUTO_TEST_SUITE_END()
