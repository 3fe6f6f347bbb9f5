#include "support/accounts.hpp"

#include <eventcore/audit.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/wait_until.hpp>

#include <memory>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace accounts;
using namespace ec::testing;
using namespace std::chrono_literals;

namespace {

struct record {
  static constexpr std::string_view name = "record";
  using streams = ec::kinds<account>;

  std::vector<ec::log_position> applied{};

  void apply(const money_deposited&, const ec::event_info& about) {
    applied.push_back(about.position);
  }
};

struct fixture {
  std::shared_ptr<ec::event_store> store = ec::memory::open();
  record kept;

  fixture() {
    for (int i = 0; i < 5; ++i)
      ec::unwrap(ec::execute(*store, deposit{{"alice"}, 1}));
    // Event 6, money_withdrawn, is none of the projection's.
    ec::unwrap(ec::execute(*store, transfer{{"alice"}, {"bob"}, 1}));
    ec::unwrap(ec::run(*store, kept));
  }

  auto audited() { return ec::unwrap(ec::audit(*store, kept, kept.applied, {7})); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(audits, fixture)

BOOST_AUTO_TEST_CASE(a_record_of_all_events_is_clean) {
  const auto report = audited();
  BOOST_TEST(report.is_clean());
  BOOST_TEST(report.events == 6U);
}

BOOST_AUTO_TEST_CASE(an_event_that_was_not_applied_is_found) {
  kept.applied.erase(kept.applied.begin() + 2);
  const auto report = audited();
  BOOST_TEST(report.missing == 1U);
  BOOST_TEST(report.problems.front()
             == "projection 'record': the event at position 3 was not applied");
}

BOOST_AUTO_TEST_CASE(an_event_that_was_applied_twice_is_found) {
  kept.applied.insert(kept.applied.begin() + 1, {2});
  const auto report = audited();
  BOOST_TEST(report.doubled == 1U);
  BOOST_TEST(report.missing + report.foreign + report.out_of_order == 0U);
}

BOOST_AUTO_TEST_CASE(events_of_others_and_of_no_log_are_found) {
  kept.applied.push_back({6});
  kept.applied.push_back({77});
  BOOST_TEST(audited().foreign == 2U);
}

BOOST_AUTO_TEST_CASE(an_order_that_is_not_the_logs_is_found) {
  std::swap(kept.applied[1], kept.applied[2]);
  const auto report = audited();
  BOOST_TEST(report.out_of_order == 1U);
  BOOST_TEST(report.missing + report.doubled + report.foreign == 0U);
}

BOOST_AUTO_TEST_CASE(a_log_that_ends_before_what_was_reached_is_rewound) {
  must_fail(ec::audit(*store, kept, kept.applied, {60}), ec::errc::log_rewound, "60");
}

// -- waiting for a projection --------------------------------------------------

BOOST_AUTO_TEST_CASE(who_waits_for_a_projection_sees_its_checkpoint) {
  BOOST_TEST(ec::unwrap(ec::wait_until(*store, "record", {7}, 0ms)).position.value == 7U);
  std::jthread later{[&] {
    ec::unwrap(ec::execute(*store, deposit{{"alice"}, 1}));
    ec::unwrap(ec::run(*store, kept));
  }};
  BOOST_TEST(ec::unwrap(ec::wait_until(*store, "record", {8}, 1min)).position.value == 8U);
}

BOOST_AUTO_TEST_CASE(a_command_waits_for_projections_and_has_succeeded_either_way) {
  std::jthread later{[&](const std::stop_token& stop) {
    ec::projection_options options{.until = ec::run_until::stopped};
    options.save_events = 1;
    ec::unwrap(ec::run(*store, kept, options, stop));
  }};
  ec::execute_options options{.await = {"record"}, .await_deadline = 1min};
  BOOST_TEST(ec::unwrap(ec::execute(*store, deposit{{"alice"}, 1}, options)).awaited.at(0).reached);
  options.await = {"record", "nobody"};
  options.await_deadline = 300ms;
  const auto done = ec::unwrap(ec::execute(*store, deposit{{"alice"}, 1}, options));
  BOOST_TEST(done.first.value == 9U);
  BOOST_TEST(done.awaited.at(1).name == "nobody");
  BOOST_TEST(!done.awaited.at(1).reached);
}

BOOST_AUTO_TEST_CASE(who_waits_in_vain_is_told_where_it_is) {
  must_fail(ec::wait_until(*store, "record", {8}, 20ms), ec::errc::timed_out, "at position 7");
}

BOOST_AUTO_TEST_SUITE_END()
