#include "eventcore/stores/memory.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <stdexcept>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

BOOST_AUTO_TEST_CASE(the_url_is_memory_and_nothing_more) {
  backends known;
  memory::add_to(known);
  BOOST_TEST(known.open("memory:").has_value());
  for (const auto* url : {"memory:x", "memory://", "memory:/tmp/x"}) {
    const auto opened = known.open(url);
    BOOST_REQUIRE(!opened);
    BOOST_CHECK(opened.error().code == errc::invalid_argument);
    BOOST_TEST(opened.error().detail.contains(url));
    BOOST_TEST(opened.error().detail.contains("write just 'memory:'"));
  }
}

BOOST_AUTO_TEST_CASE(two_opens_are_two_stores) {
  sequential_ids ids;
  const auto one = memory::open();
  const auto other = memory::open();
  must_commit(*one, write_of(ids, {stream_of("a-1").event("e")}));
  BOOST_CHECK(head_of(*other, "a-1") == stream_head{});
}

BOOST_AUTO_TEST_CASE(a_store_opened_for_reading_is_and_stays_empty) {
  sequential_ids ids;
  const auto store = memory::open({.read_only = true});
  must_fail(*store, write_of(ids, {stream_of("a-1").event("e")}), errc::read_only,
            "was opened for reading");
  BOOST_TEST(read_log_of(*store).events.empty());
}

BOOST_AUTO_TEST_CASE(an_exception_out_of_the_clock_becomes_a_failure) {
  sequential_ids ids;
  bool broken = true;
  const auto store = memory::open({.clock = [&]() -> timestamp {
    return broken ? throw std::runtime_error{"the clock is broken"} : timestamp{};
  }});
  const auto set = write_of(ids, {stream_of("a-1").event("e")});
  must_fail(*store, set, errc::store_unavailable, "the clock is broken");
  must_fail(store->acquire_lease("mail", std::chrono::seconds{1}), errc::store_unavailable,
            "the clock is broken");
  broken = false;
  must_commit(*store, set);
}

BOOST_AUTO_TEST_CASE(work_needs_a_store_with_transactions) {
  const auto store = memory::open();
  int begun = 0;
  const transaction_work work = [&](transaction&) -> result<> {
    ++begun;
    return {};
  };
  must_fail(store->transact({}, work), errc::invalid_argument,
            "has no transactions in which work could be done; keep the read model in memory, too");
  must_fail(store->inspect(work), errc::invalid_argument, "has no transactions");
  BOOST_TEST(begun == 0);
  must(store->transact({}, {}));
}
