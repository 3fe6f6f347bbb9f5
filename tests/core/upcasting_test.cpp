#include "lending.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/projection.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>

#include <stdexcept>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace lending;
using namespace ec::testing;

using strings = std::vector<std::string>;

/// A store with one stream of stored events, in whatever version.
struct shelf {
  std::shared_ptr<ec::event_store> store = ec::memory::open();
  sequential_ids ids;

  void add(std::string_view stream, std::string type, std::uint32_t version, std::string payload,
           ec::encoding encoding = ec::encoding::json) {
    ec::write_set set{.commit = ids.next_commit()};
    set.reads.push_back({ec::unwrap(ec::stream_id::of(stream)), head_of(*store, stream)});
    set.events.push_back({.id = ids.next_event({}),
                          .type = std::move(type),
                          .type_version = version,
                          .encoding = encoding,
                          .payload = std::move(payload)});
    must_commit(*store, set);
  }

  auto read() const -> ec::result<ec::loaded<book>> {
    return ec::load(*store, ec::stream<book>{"moby"});
  }

  auto story() const -> strings { return ec::unwrap(read()).state.story; }
};

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

} // namespace

BOOST_FIXTURE_TEST_SUITE(upcasting, shelf)

BOOST_AUTO_TEST_CASE(an_event_of_each_former_version_and_name_is_read_as_it_is_now) {
  add("book-moby", "taken", 1, R"({"reader":"ann","day":5})");
  add("book-moby", "book_lent", 1, R"({"reader":"bob","day":6})");
  add("book-moby", "taken", 2, R"({"reader":"cas","due":50})");
  add("book-moby", "book_lent", 3, R"({"reader":"dan","due":60,"desk":"east"})");
  add("book-moby", "taken", 3, R"({"reader":"eve","due":70,"desk":"west"})");
  BOOST_TEST(story()
               == (strings{"ann until 35 at main", "bob until 36 at main", "cas until 50 at main",
                           "dan until 60 at east", "eve until 70 at west"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_former_name_may_have_a_step_of_its_own) {
  add("book-moby", "borrowed", 1, R"({"reader":"ann","weeks":2})");
  add("book-moby", "borrowed", 2, R"({"reader":"bob","due":9})");
  BOOST_TEST(story() == (strings{"ann until 14 at main", "bob until 9 at main"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_split_event_is_one_version_and_one_position) {
  add("book-moby", "swapped", 1, R"({"a":"ann","b":"bob","day":1})");
  add("book-moby", "swapped", 2, R"({"from":"bob","to":"cas","day":2})");
  const auto found = ec::unwrap(read());
  BOOST_TEST(found.head.version.value == 2U);
  BOOST_TEST(found.state.story
               == (strings{"ann returned it", "bob until 31 at main", "bob returned it",
                           "cas until 32 at main"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(dropped_events_are_passed_over) {
  add("book-moby", "looked_at", 7, "{}");
  add("book-moby", "looked_at", 1, "[]");
  add("book-moby", "read_aloud", 1, R"({"hours":2})");
  BOOST_TEST(story().empty());
  ec::unwrap(ec::execute(*store, lend{{"moby"}, "ann"}));
  BOOST_TEST(head_of(*store, "book-moby").version.value == 4U);
  add("book-moby", "read_aloud", 2, "{}");
  must_fail(read(), ec::errc::codec_failed, "lists no event 'read_aloud'");
}

BOOST_AUTO_TEST_CASE(members_that_nobody_knows_are_passed_over) {
  add("book-moby", "taken", 1, R"({"reader":"ann","colour":{"r":[1]},"day":5})");
  BOOST_TEST(story().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_missing_step_is_named) {
  must_fail(
    ec::detail::lift(ec::detail::history_of<book>,
                     {.type = "book_lent", .type_version = 0, .payload = "{}"}),
    ec::errc::codec_failed,
    "event 'book_lent' is stored in version 0, this program knows version 3, and no upcaster "
    "takes version 0 further: add ec::upcaster::step(\"book_lent\", 0, ...) to the "
    "upcasters of the kind 'book'");
}

BOOST_AUTO_TEST_CASE(a_newer_version_is_refused_by_its_name_and_position) {
  add("book-moby", "book_returned", 1, R"({"reader":"ann"})");
  add("book-moby", "book_returned", 2, R"({"reader":"ann","damage":"none"})");
  must_fail(read(), ec::errc::codec_failed,
            "event 'book_returned' of stream book-moby at position 2 (version 2) cannot be folded "
            "into 'book': event 'book_returned' of the kind 'book' is stored in version 2, this "
            "program knows versions up to 1: a newer version of the program wrote it; update this "
            "one");
}

BOOST_AUTO_TEST_CASE(an_unknown_event_is_refused) {
  add("book-moby", "sold", 1, "{}");
  must_fail(read(), ec::errc::codec_failed,
            "the kind 'book' of this program lists no event 'sold': a newer version of the program "
            "wrote it; update this one");
  must_fail(ec::detail::lift(ec::detail::history_of<book>, {.type = "$other", .payload = "{}"}),
            ec::errc::codec_failed, "lists no event '$other'");
}

BOOST_AUTO_TEST_CASE(an_upcaster_that_throws_is_named_with_the_event) {
  add("book-moby", "taken", 1, R"({"reader":"ann","day":"tuesday"})");
  const auto failed =
    must_fail(read(), ec::errc::codec_failed, "the upcaster of event 'taken' version 1 threw: ");
  BOOST_TEST(failed.detail.contains("at position 1 (version 1)"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_lifted_says_why) {
  const auto lift = [](std::string_view payload, ec::encoding encoding = ec::encoding::json) {
    return ec::detail::lift(
      ec::detail::history_of<book>,
      {.type = "taken", .type_version = 1, .encoding = encoding, .payload = payload});
  };
  must_fail(lift("[1]"), ec::errc::codec_failed, "expected an object");
  must_fail(lift(R"({"day":1,"day":2})"), ec::errc::codec_failed, "given twice");
  must_fail(lift("{"), ec::errc::codec_failed);
  must_fail(lift("x", ec::encoding::bytes), ec::errc::codec_failed, "as bytes");
}

BOOST_AUTO_TEST_CASE(an_archived_event_says_where_it_is) {
  const ec::recorded_event event{.position = {4},
                                 .version = {1},
                                 .stream = "book-moby",
                                 .type = "book_lent",
                                 .type_version = 3,
                                 .encoding = ec::encoding::archived,
                                 .payload = "old.jsonl.zst"};
  ec::stream_page page;
  page.events = {event};
  book state;
  ec::stream_head head;
  must_fail(ec::fold(ec::view_type_of<book>, page, &state, head), ec::errc::archived,
            "at position 4 (version 1) cannot be folded into 'book': its payload was moved to the "
            "archive old.jsonl.zst; bring it back with `eventcore restore old.jsonl.zst`");
  returns_and_loans both;
  const auto done = ec::any_projection{both}.apply(page.events);
  BOOST_REQUIRE(done.stopped_by);
  BOOST_CHECK(done.stopped_by->code == ec::errc::archived);
}

BOOST_AUTO_TEST_SUITE_END()

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

BOOST_AUTO_TEST_SUITE_END()

// -- splits that go wrong ------------------------------------------------------

namespace {

auto into_nothing_known(json::object) -> std::vector<ec::lifted> {
  std::vector<ec::lifted> parts;
  parts.push_back({.type = "never_heard_of", .version = 4});
  return parts;
}

auto into_itself(json::object payload) -> std::vector<ec::lifted> {
  std::vector<ec::lifted> parts;
  parts.push_back({.type = "endless", .payload = std::move(payload)});
  return parts;
}

auto into_the_future(json::object) -> std::vector<ec::lifted> {
  std::vector<ec::lifted> parts;
  parts.push_back({.type = "noted", .version = 2});
  return parts;
}

void make_unwritable(json::object& payload) { payload["text"] = "\xff"; }

[[noreturn]] void throw_a_number(json::object&) { throw 5; }

struct noted {
  static constexpr std::string_view name = "noted";
  std::string text;
};
BOOST_DESCRIBE_STRUCT(noted, (), (text))

struct broken {
  static constexpr std::uint32_t type_version = 3;
};
BOOST_DESCRIBE_STRUCT(broken, (), ())

struct notes {
  using events = ec::events<noted, broken>;
  static constexpr std::array upcasters{
    ec::upcaster::split("lost", 1, &into_nothing_known),
    ec::upcaster::split("endless", 1, &into_itself),
    ec::upcaster::split("ahead", 1, &into_the_future),
    ec::upcaster::step("faded", 1, &make_unwritable),
    ec::upcaster::drop("faded", 2),
    ec::upcaster::step("broken", 1, &throw_a_number),
    ec::upcaster::step("broken", 2, &make_unwritable),
  };
  void apply(const noted&) {}
  void apply(const broken&) {}
};

void lifting_fails(std::string_view type, std::uint32_t version, std::string_view part) {
  must_fail(ec::detail::lift(ec::detail::history_of<notes>,
                             {.type = type, .type_version = version, .payload = "{}"}),
            ec::errc::codec_failed, part);
}

} // namespace

BOOST_AUTO_TEST_SUITE(renaming_members)

BOOST_AUTO_TEST_CASE(a_member_keeps_its_value_under_another_name) {
  json::object payload{{"a", 1}, {"b", json::array{2}}, {"c", 3}};
  ec::rename_member(payload, "a", "z");
  BOOST_TEST(json::serialize(payload) == R"({"b":[2],"c":3,"z":1})");
  ec::rename_member(payload, "b", "c");
  BOOST_TEST(json::serialize(payload) == R"({"c":[2],"z":1})");
  ec::rename_member(payload, "c", "c");
  BOOST_TEST(json::serialize(payload) == R"({"z":1,"c":[2]})");
  BOOST_CHECK_THROW(ec::rename_member(payload, "a", "b"), std::out_of_range);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(wrong_upcasters)

BOOST_AUTO_TEST_CASE(what_they_give_must_be_known) {
  lifting_fails("lost", 1,
                "an upcaster of the kind 'notes' gave an event 'never_heard_of' version 4, which "
                "the kind does not list and no upcaster takes");
  lifting_fails("ahead", 1, "stored in version 2, this program knows versions up to 1");
}

BOOST_AUTO_TEST_CASE(splitting_comes_to_an_end) {
  lifting_fails("endless", 1, "splits what it gave before, without end");
}

BOOST_AUTO_TEST_CASE(whatever_they_throw_is_a_failure) {
  lifting_fails("broken", 1, "version 1 threw: something that is no std::exception");
}

BOOST_AUTO_TEST_CASE(what_is_dropped_in_the_end_need_not_be_json) {
  const auto lifted = ec::detail::lift(ec::detail::history_of<notes>,
                                       {.type = "faded", .type_version = 1, .payload = "{}"});
  BOOST_REQUIRE(lifted);
  BOOST_TEST(lifted->empty());
}

BOOST_AUTO_TEST_CASE(what_they_give_must_be_json) {
  lifting_fails("broken", 2, "the upcasters of event 'broken' gave what JSON cannot hold: ");
}

BOOST_AUTO_TEST_SUITE_END()

// -- an event that its own former version is split into -------------------------

namespace {

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

BOOST_FIXTURE_TEST_CASE(an_event_may_become_several_of_its_own_kind, shelf) {
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

// -- a kind that cannot be edited ----------------------------------------------

namespace legacy {

struct counter {
  std::int64_t total = 0;
};

struct counted {
  static constexpr std::uint32_t type_version = 2;
  std::int64_t by = 0;
};
BOOST_DESCRIBE_STRUCT(counted, (), (by))

void apply(counter& state, const counted& e) { state.total += e.by; }

void rename_by(boost::json::object& payload) { payload["by"] = payload.at("n"); }

} // namespace legacy

EVENTCORE_STREAM(legacy::counter, "counter", legacy::counted)

template <>
inline constexpr std::array<ec::upcaster, 1> ec::upcasters_of<legacy::counter>{
  ec::upcaster::step("counted", 1, &legacy::rename_by)};

BOOST_FIXTURE_TEST_CASE(upcasters_may_be_given_from_outside, shelf) {
  add("counter-a", "counted", 1, R"({"n":3})");
  add("counter-a", "counted", 2, R"({"by":4})");
  BOOST_TEST(ec::unwrap(ec::load(*store, ec::stream<legacy::counter>{"a"})).state.total == 7);
}
