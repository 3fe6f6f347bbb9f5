#include "lending.hpp"

#include <eventcore/schema.hpp>
#include <eventcore/testing/golden.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace {

namespace ec = eventcore;
namespace fs = std::filesystem;
using ec::testing::check_schema;
using ec::testing::schema_changed;
using ec::testing::schema_problems;

constexpr std::string_view lending_text = R"(kind book
  event book_lent, version 3, formerly taken, borrowed
    object
    reader: string
    due: int64
    desk: string
  event book_returned, version 1
    object
    reader: string
  book_lent version 1 becomes version 2
  borrowed version 1 becomes version 2
  book_lent version 2 becomes version 3
  swapped version 1 becomes version 2
  swapped version 2 is split
  looked_at all versions is dropped
  read_aloud version 1 is dropped
)";

auto object(std::vector<ec::shape_place> members) -> std::vector<ec::shape_place> {
  members.insert(members.begin(), {.type = "object"});
  return members;
}

/// A schema of one kind with one event, to be changed.
auto one_event(std::vector<ec::shape_place> members, std::uint32_t version = 1)
  -> ec::stored_schema {
  ec::event_schema event{.name = "paid", .version = version, .places = object(std::move(members))};
  ec::kind_schema kind{.name = "bill", .events = {std::move(event)}};
  return {{std::move(kind)}};
}

const ec::shape_place cents{.path = "cents", .type = "int64"};
const ec::shape_place to{.path = "to", .type = "object"};
const ec::shape_place to_name{.path = "to.name", .type = "string"};

/// A directory for files, and the wish to record taken back at the end.
struct files {
  fs::path directory =
    fs::temp_directory_path() / ("eventcore-schema-" + std::to_string(::getpid()));
  fs::path golden = directory / "schema.golden";

  files() { fs::create_directories(directory); }
  files(const files&) = delete;
  auto operator=(const files&) -> files& = delete;
  ~files() {
    ::unsetenv("EVENTCORE_RECORD_SCHEMA");
    fs::remove_all(directory);
  }

  static void record(const char* value = "1") { ::setenv("EVENTCORE_RECORD_SCHEMA", value, 1); }
  static void only_look() { ::unsetenv("EVENTCORE_RECORD_SCHEMA"); }

  auto content() const -> std::string {
    std::ostringstream text;
    text << std::ifstream{golden}.rdbuf();
    return text.str();
  }
};

auto says(std::string part) {
  return [part = std::move(part)](const schema_changed& failed) {
    BOOST_TEST_MESSAGE(failed.what());
    return std::string_view{failed.what()}.contains(part);
  };
}

} // namespace

BOOST_AUTO_TEST_SUITE(schema)

BOOST_AUTO_TEST_CASE(its_text_names_all_that_is_stored_and_read) {
  BOOST_TEST((ec::schema<lending::book>().text()) == lending_text);
  BOOST_TEST(ec::schema<>().text().empty());
}

BOOST_AUTO_TEST_CASE(its_json_says_the_same) {
  const auto document = boost::json::parse(ec::schema<lending::book>().json());
  const auto& kind = document.at("kinds").at(0);
  BOOST_TEST(kind.at("name").as_string() == "book");
  BOOST_TEST(kind.at("events").as_array().size() == 2U);
  const auto& lent = kind.at("events").at(0);
  BOOST_TEST(lent.at("version").as_int64() == 3);
  BOOST_TEST(lent.at("aliases").at(1).as_string() == "borrowed");
  BOOST_TEST(lent.at("places").at(2).at("path").as_string() == "due");
  BOOST_TEST(kind.at("upcasters").at(4).at("does").as_string() == "split");
  BOOST_TEST(!kind.at("upcasters").at(5).as_object().contains("version"));
  auto with_default =
    one_event({{.path = "fee", .type = "int64", .has_default = true, .default_json = "5"}});
  BOOST_TEST(boost::json::parse(with_default.json())
               .at("kinds")
               .at(0)
               .at("events")
               .at(0)
               .at("places")
               .at(1)
               .at("default")
               .as_int64()
             == 5);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(recorded_schema)

BOOST_AUTO_TEST_CASE(what_is_recorded_fits) {
  BOOST_TEST(schema_problems(ec::schema<lending::book>(), lending_text).empty());
  BOOST_TEST(schema_problems(ec::schema<lending::book>(), "").empty());
}

BOOST_AUTO_TEST_CASE(members_that_may_be_missing_may_be_added) {
  const auto was = one_event({cents, to, to_name}).text();
  const ec::shape_place note{.path = "note", .type = "string", .optional = true};
  const ec::shape_place street{
    .path = "to.street", .type = "string", .has_default = true, .default_json = "\"\""};
  const ec::shape_place from{.path = "from", .type = "object", .optional = true};
  const ec::shape_place from_name{.path = "from.name", .type = "string"};
  BOOST_TEST(
    schema_problems(one_event({cents, to, to_name, street, note, from, from_name}), was).empty());
}

BOOST_AUTO_TEST_CASE(a_changed_shape_needs_a_version) {
  const auto was = one_event({cents, to, to_name}).text();
  const auto problems_with = [&](std::vector<ec::shape_place> members) {
    const auto problems = schema_problems(one_event(std::move(members)), was);
    return problems.size() == 1 ? problems.front() : std::to_string(problems.size());
  };
  BOOST_TEST(problems_with({{.path = "cents", .type = "double"}, to, to_name})
             == "event paid version 1 of the kind bill changed its shape:\n"
                "    before: cents: int64\n"
                "    now:    cents: double\n"
                "  raise `type_version` of the event to 2 and add ec::upcaster::step(\"paid\", 1, "
                "...) to the kind; a new member that may be missing (std::optional, or listed by "
                "added_later) needs neither");
  BOOST_TEST(problems_with({to, to_name}).contains("before: cents: int64\n    now:    nothing"));
  BOOST_TEST(problems_with({cents, to, to_name, {.path = "by", .type = "string"}})
               .contains("before: nothing\n    now:    by: string"));
  BOOST_TEST(problems_with({cents, to, to_name, {.path = "to.street", .type = "string"}})
               .contains("now:    to.street: string"));
  BOOST_TEST(problems_with({{.path = "cents", .type = "int64", .optional = true}, to, to_name})
               .contains("now:    cents: int64, optional"));
}

BOOST_AUTO_TEST_CASE(a_new_version_needs_an_upcaster) {
  const auto was = one_event({cents}).text();
  auto now = one_event({to, to_name}, 2);
  BOOST_REQUIRE_EQUAL(schema_problems(now, was).size(), 1U);
  BOOST_TEST(
    schema_problems(now, was).front().contains("has version 2 now, and no upcaster takes version "
                                               "1: add ec::upcaster::step(\"paid\", 1, ...)"));
  now.kinds[0].upcasters.push_back({"paid", 1, ec::upcast::step});
  BOOST_TEST(schema_problems(now, was).empty());
  BOOST_TEST(schema_problems(one_event({cents}), one_event({cents}, 2).text())
               .front()
               .contains("a version must not go back; raise it above 2"));
}

BOOST_AUTO_TEST_CASE(an_event_that_goes_leaves_an_alias_or_an_upcaster) {
  const auto was = one_event({cents}).text();
  auto now = one_event({cents});
  now.kinds[0].events[0].name = "settled";
  BOOST_TEST(schema_problems(now, was).front().contains("is gone, and what is stored of it"));
  now.kinds[0].events[0].aliases = {"paid"};
  BOOST_TEST(schema_problems(now, was).empty());
  now.kinds[0].events[0].aliases.clear();
  now.kinds[0].upcasters.push_back({"paid", 0, ec::upcast::drop});
  BOOST_TEST(schema_problems(now, was).empty());
  BOOST_TEST(schema_problems({}, was).front().contains("is gone with its kind"));
}

BOOST_AUTO_TEST_CASE(former_names_and_upcasters_stay) {
  const auto whole = ec::schema<lending::book>();
  const auto problems_without = [&](auto take_out) {
    auto now = whole;
    take_out(now.kinds[0]);
    const auto problems = schema_problems(now, lending_text);
    return problems.size() == 1 ? problems.front() : std::to_string(problems.size());
  };
  const auto without_upcaster = [&](std::size_t number) {
    return problems_without(
      [&](ec::kind_schema& kind) { kind.upcasters.erase(kind.upcasters.begin() + number); });
  };
  BOOST_TEST(problems_without([](auto& kind) { kind.events[0].aliases = {"borrowed"}; })
             == "event book_lent version 3 of the kind book was called taken, and what is stored "
                "under that name cannot be read: keep it among the aliases");
  BOOST_TEST(without_upcaster(0)
             == "the upcaster of book_lent version 1 of the kind book is gone, and what is stored "
                "of it cannot be read: an upcaster stays for ever");
  BOOST_TEST(without_upcaster(1) == "0"); // the one under the present name takes it
  BOOST_TEST(without_upcaster(2).contains("book_lent version 2 of"));
  BOOST_TEST(without_upcaster(4).contains("swapped version 2 of"));
  BOOST_TEST(without_upcaster(5).contains("the upcaster of looked_at of"));
  BOOST_TEST(without_upcaster(6).contains("read_aloud version 1 of"));
  BOOST_TEST(problems_without([](auto& kind) { // it may go another way
               kind.events[0].aliases = {"borrowed"};
               for (std::uint32_t version = 1; version <= 3; ++version)
                 kind.upcasters.push_back({"taken", version, ec::upcast::split});
             })
             == "0");
}

BOOST_FIXTURE_TEST_CASE(a_missing_file_is_made_when_wanted, files) {
  const auto schema = one_event({cents});
  BOOST_CHECK_EXCEPTION(check_schema(schema, golden), schema_changed,
                        says("run this test once with EVENTCORE_RECORD_SCHEMA=1"));
  BOOST_TEST(!fs::exists(golden));
  record();
  check_schema(schema, golden);
  BOOST_TEST(content() == schema.text());
  only_look();
  check_schema(schema, golden);
}

BOOST_FIXTURE_TEST_CASE(additions_have_to_be_recorded, files) {
  record();
  check_schema(one_event({cents}), golden);
  only_look();
  const ec::shape_place note{.path = "note", .type = "string", .optional = true};
  const auto more = one_event({cents, note});
  BOOST_CHECK_EXCEPTION(check_schema(more, golden), schema_changed,
                        says("now:        note: string, optional"));
  record("0");
  BOOST_CHECK_THROW(check_schema(more, golden), schema_changed);
  record();
  check_schema(more, golden);
  BOOST_TEST(content() == more.text());
}

BOOST_FIXTURE_TEST_CASE(what_does_not_fit_is_never_recorded, files) {
  record();
  check_schema(one_event({cents}), golden);
  const auto before = content();
  BOOST_CHECK_EXCEPTION(check_schema(one_event({to}), golden), schema_changed,
                        says("What is given up on purpose has to be taken out of that file"));
  BOOST_TEST(content() == before);
  BOOST_CHECK_EXCEPTION(check_schema(one_event({cents}), directory / "none" / "x"), schema_changed,
                        says("cannot be written"));
}

BOOST_AUTO_TEST_SUITE_END()
