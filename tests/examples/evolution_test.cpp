#include "account.hpp"

// begin: check
#include <eventcore/schema.hpp>
#include <eventcore/testing/golden.hpp>
#include <eventcore/testing/samples.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_CASE(what_is_stored_can_be_read) {
  ec::testing::check_schema(ec::schema<account>(), SOURCES "/schema.golden");
  ec::testing::check_samples<account>(SOURCES "/samples.jsonl");
}
// end: check
