#include "recent_log_support.hpp"

#include <eventcore/log_batch.hpp>
#include <eventcore/subscription.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <boost/test/unit_test.hpp>

using namespace recent_log_support;
using namespace std::chrono_literals;

namespace {

struct replaced_log : fixture {
  std::unique_ptr<ec::recent_log> recent = fixture::recent({.events = 40, .page = {.events = 20}});
  ec::checkpoint reached{};

  // Reads 10 events and has the recent log keep them, then lets another log take their place.
  void replace_by(int events) {
    ec::unwrap(recent->head());
    writer.add(*log, 10);
    auto sub = ec::unwrap(ec::subscribe(*recent));
    BOOST_TEST(ec::unwrap(sub.next(0ms)).events.size() == 10U);
    reached = sub.reached();
    log = ec::memory::open();
    log_writer{7}.add(*log, events);
    guard->exchange(log);
  }

  void check_noticed(const ec::checkpoint& at) {
    must_fail(ec::read_batch(*recent, {.after = at}), ec::errc::log_rewound);
    // And from then on the new one is read.
    const auto page = ec::unwrap(recent->read(ec::read_log{}));
    const auto wanted = ec::unwrap(log->read(ec::read_log{}));
    BOOST_TEST(std::ranges::equal(page.events, wanted.events, is_same));
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(recent_log_failures)

// -- a log that was replaced -------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(another_log_of_the_same_length_is_noticed, replaced_log) {
  replace_by(10);
  check_noticed(reached);
}

BOOST_FIXTURE_TEST_CASE(a_shorter_log_is_noticed, replaced_log) {
  replace_by(4);
  check_noticed(reached);
}

BOOST_FIXTURE_TEST_CASE(a_longer_log_is_noticed, replaced_log) {
  replace_by(30);
  check_noticed(reached);
}

BOOST_FIXTURE_TEST_CASE(a_log_that_is_too_long_to_be_kept_is_noticed, replaced_log) {
  replace_by(500);
  ec::unwrap(recent->head());
  check_noticed(reached);
}

BOOST_FIXTURE_TEST_CASE(another_log_is_noticed_by_one_who_is_behind, replaced_log) {
  replace_by(30);
  const auto fourth = ec::unwrap(recent->read(ec::read_log{.after = {3}, .before = {5}}));
  check_noticed({{4}, fourth.events.front().commit});
}

// -- failures ----------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(the_stores_failure_is_told_and_passes, fixture) {
  const auto recent = this->recent();
  ec::unwrap(recent->head());
  writer.add(*log, 3);
  guard->before = [](std::string_view) -> std::optional<ec::failure> {
    return ec::failure{ec::errc::store_unavailable, "gone fishing"};
  };
  must_fail(recent->read(ec::read_log{}), ec::errc::store_unavailable, "gone fishing");
  guard->before = {};
  BOOST_TEST(ec::unwrap(recent->read(ec::read_log{})).events.size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(what_the_store_throws_is_passed_on_and_nobody_waits_for_it, fixture) {
  const auto recent = this->recent();
  ec::unwrap(recent->head());
  writer.add(*log, 3);
  guard->before = [](std::string_view) -> std::optional<ec::failure> {
    throw std::runtime_error{"thrown"};
  };
  BOOST_CHECK_THROW((void)recent->read(ec::read_log{}), std::runtime_error);
  guard->before = {};
  BOOST_TEST(ec::unwrap(recent->read(ec::read_log{})).events.size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_malformed_query_fails_as_with_the_store, fixture) {
  const auto recent = this->recent();
  must_fail(recent->read(ec::read_log{.page = {.events = 0}}), ec::errc::invalid_argument);
  must_fail(recent->read(ec::read_log{.filter = {.glob = "[a"}}), ec::errc::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
