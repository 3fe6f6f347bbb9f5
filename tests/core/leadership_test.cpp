#include <eventcore/leadership.hpp>

#include <chrono>
#include <optional>

#include <boost/test/unit_test.hpp>

namespace ec = eventcore;
using namespace std::chrono_literals;
using ec::leadership;

namespace {

constexpr auto start = leadership::time{std::chrono::hours{1}};
constexpr ec::lease_token token{.epoch = 3, .nonce = 7};

/// One that took its lease at `start`.
auto leading() -> leadership {
  leadership lead{"projection/balances", 5s};
  lead.acquired(std::optional{token}, start, start + 1ms);
  return lead;
}

auto nobody() -> ec::result<std::optional<ec::lease_token>> { return std::nullopt; }

} // namespace

BOOST_AUTO_TEST_SUITE(leaderships)

BOOST_AUTO_TEST_CASE(it_begins_by_asking) {
  leadership lead{"projection/balances", 5s};
  BOOST_TEST(std::holds_alternative<leadership::acquire>(lead.next(start)));
  BOOST_TEST(!lead.leads(start));
}

// Term and the time between two looks together: another one leads within the time of the takeover.
BOOST_AUTO_TEST_CASE(a_dead_holder_is_replaced_in_time) {
  leadership lead{"projection/balances", 5s};
  const auto term = std::get<leadership::acquire>(lead.next(start)).term;
  lead.acquired(nobody(), start, start + 2ms);
  const auto pause = std::get<leadership::nothing>(lead.next(start + 2ms)).at_most;
  BOOST_CHECK(term + pause < 5s);
  BOOST_CHECK(term > 4s);
  BOOST_TEST(std::holds_alternative<leadership::acquire>(lead.next(start + 2ms + pause)));
}

BOOST_AUTO_TEST_CASE(it_renews_long_before_its_term_is_over) {
  auto lead = leading();
  const auto pause = std::get<leadership::nothing>(lead.next(start + 1ms)).at_most;
  BOOST_CHECK(pause < 2s);
  const auto due = lead.next(start + 1ms + pause);
  BOOST_REQUIRE(std::holds_alternative<leadership::renew>(due));
  BOOST_CHECK(std::get<leadership::renew>(due).token == token);
}

BOOST_AUTO_TEST_CASE(the_term_counts_from_before_it_was_asked_for) {
  leadership lead{"projection/balances", 5s};
  lead.acquired(std::optional{token}, start, start + 4s);
  BOOST_TEST(lead.leads(start + 4499ms));
  BOOST_TEST(!lead.leads(start + 4500ms));
  BOOST_TEST(std::holds_alternative<leadership::acquire>(lead.next(start + 4500ms)));
}

BOOST_AUTO_TEST_CASE(a_renewal_prolongs_it_from_before_it_was_asked_for) {
  auto lead = leading();
  lead.renewed({}, start + 2s, start + 6s);
  BOOST_TEST(lead.leads(start + 6499ms));
  BOOST_TEST(!lead.leads(start + 6500ms));
}

BOOST_AUTO_TEST_CASE(a_renewal_that_failed_for_now_is_tried_again_within_the_term) {
  auto lead = leading();
  lead.renewed(ec::fail(ec::errc::store_unavailable, "away"), start + 2s, start + 2s);
  BOOST_TEST(lead.leads(start + 3s));
  const auto pause = std::get<leadership::nothing>(lead.next(start + 2s)).at_most;
  BOOST_TEST(std::holds_alternative<leadership::renew>(lead.next(start + 2s + pause)));
}

BOOST_AUTO_TEST_CASE(who_lost_it_leads_no_more_and_asks_again) {
  auto lead = leading();
  lead.renewed(ec::fail(ec::errc::lease_lost, "gone"), start + 2s, start + 2s);
  BOOST_TEST(!lead.leads(start + 2s));
  BOOST_TEST(!lead.token().has_value());
  const auto pause = std::get<leadership::nothing>(lead.next(start + 2s)).at_most;
  BOOST_TEST(std::holds_alternative<leadership::acquire>(lead.next(start + 2s + pause)));
}

BOOST_AUTO_TEST_SUITE_END()
