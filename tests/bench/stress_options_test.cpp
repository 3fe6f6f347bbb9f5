#include "options.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;

namespace {

auto parse(std::vector<const char*> arguments) -> stress::parsed {
  arguments.insert(arguments.begin(), "eventcore-stress");
  return stress::parse(static_cast<int>(arguments.size()), arguments.data());
}

} // namespace

BOOST_AUTO_TEST_SUITE(stress_options)

BOOST_AUTO_TEST_CASE(defaults_are_those_of_the_specification) {
  const auto given = parse({"transfers"}).given.value();
  BOOST_TEST((given.scenario == stress::scenario::transfers));
  BOOST_TEST(given.store == "memory:");
  BOOST_TEST(given.concurrency == 20U);
  BOOST_TEST(given.accounts == 10U);
  BOOST_TEST((given.duration == 10s));
}

BOOST_AUTO_TEST_CASE(a_scenario_has_defaults_of_its_own) {
  BOOST_TEST(parse({"saturation"}).given.value().concurrency == 100U);
  BOOST_TEST(parse({"saturation", "--concurrency", "7"}).given.value().concurrency == 7U);
  BOOST_TEST(parse({"throughput", "--iterations", "2"}).given.value().rounds == 2U);
  BOOST_TEST(parse({"touch"}).given.value().streams == 1'000'000U);
  BOOST_TEST((parse({"throughput", "--soak"}).given.value().duration == 10min));
}

BOOST_AUTO_TEST_CASE(connections_are_as_many_as_readers_need) {
  const auto given = [](std::vector<const char*> more) {
    more.insert(more.begin(), {"saturation", "--store", "postgresql://host/db"});
    return parse(more).given.value();
  };
  BOOST_TEST(given({}).connections == 5U);
  BOOST_TEST(given({}).readers.value() == 3U);
  BOOST_TEST(given({"--connections", "10"}).readers.value() == 8U);
  BOOST_TEST(given({"--readers", "6"}).connections == 8U);
  BOOST_TEST(parse({"saturation"}).given.value().readers.value() == 5U);
}

BOOST_AUTO_TEST_CASE(no_store_is_shown_with_its_password) {
  const auto shown = [](const char* store) {
    return stress::options{.store = store}.shown_store();
  };
  BOOST_TEST(shown("memory:") == "memory:");
  BOOST_TEST(shown("sqlite:x.db") == "sqlite:x.db");
  BOOST_TEST(shown("postgresql://anna:geheim@host:5433/bank?sslmode=require")
             == "postgresql://anna@host:5433/bank");
  BOOST_TEST(shown("postgresql:user=anna password=geheim host=/run/x dbname=bank")
             == "postgresql://anna@/run/x/bank");
  BOOST_TEST(shown("postgresql://anna:ge%heim@host/bank") == "postgresql:///"); // not understood
}

BOOST_AUTO_TEST_CASE(durations_have_a_unit) {
  BOOST_TEST((stress::parse_duration("500ms") == 500ms));
  BOOST_TEST((stress::parse_duration("10s") == 10s));
  BOOST_TEST((stress::parse_duration("1.5min") == 90s));
  BOOST_TEST((stress::parse_duration("2h") == 2h));
  for (const auto* wrong : {"", "10", "s", "0s", "-1s", "10 s", "10sec", "1e300h", "infs", "nans"})
    BOOST_TEST(!stress::parse_duration(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(wrong_options_end_the_program_with_2) {
  const std::vector<std::vector<const char*>> all{
    {},
    {"nothing"},
    {"transfers", "--accounts", "1"},
    {"transfers", "--concurrency", "0"},
    {"transfers", "--concurrency", "-1"},
    {"transfers", "--concurrency", "x"},
    {"transfers", "--duration", "10"},
    {"transfers", "--duration", "1s", "--iterations", "10"},
    {"transfers", "--iterations", "2", "--rounds", "3"},
    {"transfers", "--store", "oracle:db"},
    {"transfers", "--store", "postgresql://host/db?no_such_word=1"},
    {"transfers", "--store", "postgresql:no keyword"},
    {"transfers", "--store", "postgresql://host/db", "--readers", "4", "--connections", "5"},
    {"transfers", "--store", "sqlite:"},
    {"transfers", "--store", "sqlite:/no/such/folder/x.db"},
    {"transfers", "--keep", "--compare"},
    {"discovery", "--preload", "10"},
    {"discovery", "--shared"},
    {"transfers", "--against", "10"},
    {"throughput", "--against", "10", "--soak"},
    {"touch", "--iterations", "10"},
    {"touch", "--soak"},
    {"raw"},
    {"raw", "--compare"},
    {"reading"},
    {"reading", "--store", "sqlite:x.db", "--compare"},
    {"throughput", "--processes", "2"},
    {"transfers", "--processes", "2", "--store", "sqlite:x.db"},
    {"throughput", "--processes", "2", "--store", "sqlite:x.db", "--iterations", "10"},
    {"projection", "--only", "sql"},
    {"projection", "--only", "no-such-part"},
    {"projection", "--soak"},
    {"transfers", "--only", "load"},
    {"cold"},
    {"cold", "--compare"},
    {"cold", "--store", "sqlite:x.db", "--snapshots", "0"},
    {"cold", "--store", "sqlite:x.db", "--soak"},
    {"transfers", "--no-such-option"},
  };
  for (const auto& arguments : all) {
    const auto outcome = parse(arguments);
    BOOST_TEST(!outcome.given);
    BOOST_TEST(outcome.exit_code == 2);
  }
}

BOOST_AUTO_TEST_CASE(projection_measures_what_the_store_can_unless_told) {
  using enum stress::measured;
  const auto on_memory = *parse({"projection"}).given;
  BOOST_TEST(on_memory.measures(catch_up));
  BOOST_TEST(!on_memory.measures(sql));
  BOOST_TEST(!on_memory.measures(sleeper));
  const auto on_sqlite = *parse({"projection", "--store", "sqlite:x.db"}).given;
  BOOST_TEST(on_sqlite.measures(sql));
  const auto told = *parse({"projection", "--only", "load,sleeper", "--sleep", "2min"}).given;
  BOOST_TEST(told.measures(load));
  BOOST_TEST(told.measures(sleeper));
  BOOST_TEST(!told.measures(catch_up));
  BOOST_CHECK(told.sleep == std::chrono::minutes{2});
}

BOOST_AUTO_TEST_CASE(help_is_no_mistake) {
  const auto outcome = parse({"--help"});
  BOOST_TEST(!outcome.given);
  BOOST_TEST(outcome.exit_code == 0);
}

BOOST_AUTO_TEST_SUITE_END()
