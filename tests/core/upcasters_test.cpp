#include <eventcore/command.hpp>
#include <eventcore/detail/take_event.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/upcasting.hpp>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

// Functions that users write: those that go wrong, and what helps to write them.
namespace {

namespace ec = eventcore;
namespace json = boost::json;
using ec::testing::must_fail;

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

auto into_many_pairs(json::object) -> std::vector<ec::lifted> {
  std::vector<ec::lifted> parts;
  for (int i = 0; i < 40; ++i)
    parts.push_back({.type = "pair"});
  return parts;
}

auto into_two(json::object) -> std::vector<ec::lifted> {
  std::vector<ec::lifted> parts;
  for (const auto* text : {"a", "b"})
    parts.push_back({.type = "noted", .payload = {{"text", text}}});
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
    ec::upcaster::split("crowd", 1, &into_many_pairs),
    ec::upcaster::split("pair", 1, &into_two),
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

BOOST_AUTO_TEST_CASE(what_is_split_into_many_that_are_split_is_not_endless) {
  const auto lifted = ec::detail::lift(ec::detail::history_of<notes>,
                                       {.type = "crowd", .type_version = 1, .payload = "{}"});
  BOOST_REQUIRE(lifted);
  BOOST_TEST(lifted->size() == 80U);
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
