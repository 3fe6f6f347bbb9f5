#include "shelf.hpp"

#include <eventcore/execute.hpp>

#include <boost/test/unit_test.hpp>

using namespace lending;

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
  const auto event = archived_event();
  ec::stream_page page;
  page.events = {event};
  book state;
  ec::stream_head head;
  must_fail(ec::fold(ec::view_type_of<book>, page, &state, head), ec::errc::archived,
            "at position 4 (version 1) cannot be folded into 'book': its payload was moved to the "
            "archive old.jsonl.zst; bring it back with `eventcore restore old.jsonl.zst`");
}

BOOST_AUTO_TEST_SUITE_END()

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
