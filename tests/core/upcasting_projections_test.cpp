#include "shelf.hpp"

#include <eventcore/audit.hpp>
#include <eventcore/close_stream.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/projection.hpp>
#include <eventcore/run.hpp>
#include <eventcore/testing/builders.hpp>

#include <boost/test/unit_test.hpp>

using namespace lending;

namespace {

/// All that is known about the events that it is given.
struct loans {
  static constexpr std::string_view name = "loans";
  using streams = ec::kinds<book>;

  strings seen;

  void apply(const book_lent& e, const ec::event_info& about) {
    seen.push_back(e.reader + " " + std::to_string(about.position.value) + "."
                   + std::to_string(about.index));
  }
};

struct returns_and_loans {
  static constexpr std::string_view name = "returns_and_loans";
  using streams = ec::kinds<book>;

  strings seen;
  bool refuses_loans = false;

  auto apply(const book_lent& e) -> ec::result<> {
    if (refuses_loans)
      return ec::fail(ec::errc::rule_violated, "no loans");
    seen.push_back("+" + e.reader);
    return {};
  }
  auto apply(const book_returned& e, const ec::event_info& about) -> ec::result<> {
    seen.push_back("-" + e.reader + std::to_string(about.index));
    return {};
  }
};

/// Keeps what an audit wants to know.
struct register_of_loans {
  static constexpr std::string_view name = "register";
  using streams = ec::kinds<book>;

  std::vector<ec::log_position> applied;

  void apply(const book_lent&, const ec::event_info& about) { applied.push_back(about.position); }
};

struct register_of_all : register_of_loans {
  using register_of_loans::apply;
  void apply(const book_returned&, const ec::event_info& about) {
    applied.push_back(about.position);
  }
};

// -- an event that its own former version is split into -----------------------

struct parcel_sent {
  static constexpr std::string_view name = "sent";
  static constexpr std::array<std::string_view, 1> aliases{"posted"};
  static constexpr std::uint32_t type_version = 2;
  std::string to;
};
BOOST_DESCRIBE_STRUCT(parcel_sent, (), (to))

struct parcel_lost {};
BOOST_DESCRIBE_STRUCT(parcel_lost, (), ())

auto one_for_each(json::object payload) -> std::vector<ec::lifted> {
  std::vector<ec::lifted> parts;
  for (const auto& to : payload.at("to").as_array())
    parts.push_back({.type = "sent", .version = 2, .payload = {{"to", to}}});
  return parts;
}

struct parcel {
  using events = ec::events<parcel_sent, parcel_lost>;
  static constexpr std::array upcasters{ec::upcaster::split("sent", 1, &one_for_each)};
  int sent = 0;
  void apply(const parcel_sent&) { ++sent; }
  void apply(const parcel_lost&) {}
};

struct parcels_sent {
  static constexpr std::string_view name = "parcels_sent";
  using streams = ec::kinds<parcel>;
  strings seen;
  void apply(const parcel_sent& e) { seen.push_back(e.to); }
};

struct parcels_lost {
  static constexpr std::string_view name = "parcels_lost";
  using streams = ec::kinds<parcel>;
  int lost = 0;
  void apply(const parcel_lost&) { ++lost; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(upcasting_in_projections, shelf)

BOOST_AUTO_TEST_CASE(the_parts_of_an_event_are_numbered) {
  add("book-moby", "taken", 1, R"({"reader":"ann","day":5})");
  add("book-moby", "swapped", 1, R"({"a":"ann","b":"bob","day":1})");
  add("book-moby", "looked_at", 1, "{}");
  add("book-moby", "book_lent", 3, R"({"reader":"cas","due":1,"desk":"x"})");
  loans some;
  ec::unwrap(ec::run(*store, some));
  BOOST_TEST(some.seen == (strings{"ann 1.0", "bob 2.1", "cas 4.0"}),
             boost::test_tools::per_element());
  returns_and_loans both;
  ec::unwrap(ec::run(*store, both));
  BOOST_TEST(both.seen == (strings{"+ann", "-ann0", "+bob", "+cas"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_may_become_a_wanted_event_is_read) {
  loans some;
  BOOST_TEST(ec::any_projection{some}.type().filter().types
               == (strings{"book.book_lent", "book.taken", "book.borrowed", "book.swapped"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(events_that_are_not_wanted_are_passed_over_in_any_newer_version) {
  auto page = stream_of("book-moby").event("book_returned", "{}").page(ids);
  page.events[0].type_version = 9;
  loans some;
  BOOST_TEST(ec::any_projection{some}.apply(page.events).count == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_is_applied_unless_all_parts_can_be_read) {
  add("book-moby", "swapped", 2, R"({"from":"ann","to":17,"day":1})");
  returns_and_loans both;
  const auto page = ec::unwrap(store->read(ec::read_log{}));
  const auto done = ec::any_projection{both}.apply(page.events);
  BOOST_REQUIRE(done.stopped_by);
  BOOST_CHECK(done.stopped_by->code == ec::errc::codec_failed);
  BOOST_TEST(done.stopped_by->detail.contains("event 'swapped' of stream book-moby at position 1"));
  BOOST_TEST(both.seen.empty());
}

BOOST_AUTO_TEST_CASE(after_a_failure_all_parts_come_again) {
  add("book-moby", "swapped", 2, R"({"from":"ann","to":"bob","day":1})");
  const auto page = ec::unwrap(store->read(ec::read_log{}));
  returns_and_loans both;
  both.refuses_loans = true;
  BOOST_TEST(ec::any_projection{both}.apply(page.events).count == 0U);
  both.refuses_loans = false;
  BOOST_TEST(ec::any_projection{both}.apply(page.events).count == 1U);
  BOOST_TEST(both.seen == (strings{"-ann0", "-ann0", "+bob"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_audit_counts_the_parts_that_they_apply) {
  add("book-moby", "taken", 1, R"({"reader":"ann","day":5})");
  add("book-moby", "swapped", 1, R"({"a":"ann","b":"bob","day":1})");
  add("book-moby", "looked_at", 1, "{}");
  add("book-moby", "book_returned", 1, R"({"reader":"bob"})");
  ec::unwrap(ec::execute(*store, ec::close_stream{ec::stream<book>{"moby"}.id()}));
  const auto audited = [&](auto& kept) {
    return ec::unwrap(ec::audit(*store, kept, kept.applied, {5}));
  };
  register_of_loans loans;
  ec::unwrap(ec::run(*store, loans, {.from = ec::checkpoint{}}));
  BOOST_TEST(audited(loans).is_clean());
  BOOST_TEST(audited(loans).events == 2U);
  register_of_all all;
  ec::unwrap(ec::run(*store, all, {.from = ec::checkpoint{}}));
  BOOST_TEST(audited(all).is_clean());
  BOOST_TEST(audited(all).events == 3U);
  all.applied.erase(all.applied.begin() + 1);
  BOOST_TEST(audited(all).missing == 1U);
  BOOST_TEST(audited(all).problems.front().contains("position 2 was applied in part"));
  all.applied.insert(all.applied.begin() + 1, {{2}, {2}, {3}});
  BOOST_TEST(audited(all).doubled == 1U);
  BOOST_TEST(audited(all).foreign == 1U);
}

BOOST_AUTO_TEST_CASE(an_archived_event_stops_them) {
  const auto event = archived_event();
  returns_and_loans both;
  const auto done = ec::any_projection{both}.apply({&event, 1});
  BOOST_REQUIRE(done.stopped_by);
  BOOST_CHECK(done.stopped_by->code == ec::errc::archived);
}

BOOST_AUTO_TEST_CASE(an_event_may_become_several_of_its_own_kind) {
  add("parcel-1", "posted", 1, R"({"to":["ann","bob"]})");
  add("parcel-1", "sent", 2, R"({"to":"cas"})");
  parcels_sent sent;
  const ec::any_projection any{sent};
  BOOST_TEST(any.type().filter().types == (strings{"parcel.sent", "parcel.posted"}),
             boost::test_tools::per_element());
  ec::unwrap(ec::run(*store, sent));
  BOOST_TEST(sent.seen == (strings{"ann", "bob", "cas"}), boost::test_tools::per_element());
  parcels_lost lost;
  BOOST_TEST(ec::any_projection{lost}.type().filter().types
               == (strings{"parcel.parcel_lost", "parcel.sent", "parcel.posted"}),
             boost::test_tools::per_element());
  BOOST_TEST(ec::unwrap(ec::run(*store, lost)).reached.position.value == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
