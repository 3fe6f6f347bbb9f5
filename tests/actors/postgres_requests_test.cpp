#include "actors/support/postgres.hpp"
#include "actors/support/request_cases.hpp"

#include <eventcore/stores/postgres.hpp>

#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace {

/// A database that nobody else uses.
struct database {
  database() {
    static int count = 0;
    const auto name = fmt::format("requests_{}", ++count);
    postgres_tests::server().create_database(name);
    url = postgres_tests::server().url(name);
  }

  std::string url;
  request_cases::opener open = [this] {
    return eventcore::unwrap(eventcore::postgres::open(url, {}));
  };
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(requests_in_postgres, database)

BOOST_AUTO_TEST_CASE(repetitions_get_the_original) {
  request_cases::repetitions_get_the_original(open);
}
BOOST_AUTO_TEST_CASE(another_command_under_the_id_is_refused) {
  request_cases::another_command_under_the_id_is_refused(open);
}
BOOST_AUTO_TEST_CASE(the_id_of_a_rejected_command_stays_free) {
  request_cases::the_id_of_a_rejected_command_stays_free(open);
}
BOOST_AUTO_TEST_CASE(duplicates_at_the_same_time_have_one_effect) {
  request_cases::duplicates_at_the_same_time_have_one_effect(open);
}
BOOST_AUTO_TEST_CASE(old_requests_are_forgotten) {
  request_cases::old_requests_are_forgotten(open);
}

BOOST_AUTO_TEST_SUITE_END()
