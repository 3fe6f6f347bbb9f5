#include "sql/support.hpp"

using namespace sql_tests;

BOOST_AUTO_TEST_CASE_TEMPLATE(a_read_model_is_the_fold_of_the_log, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank money{*store};
  money.fill(2'500);
  auto run = must(ec::run(*store, ec::sql_projection<balances>()));
  BOOST_TEST(run.applied == 2'500);
  BOOST_TEST(check_read_model(*store).value == 2'500);
  money.fill(10);
  run = must(ec::run(*store, ec::sql_projection<balances>()));
  BOOST_TEST(run.applied == 10);
  BOOST_TEST(check_read_model(*store).value == 2'510);
}
