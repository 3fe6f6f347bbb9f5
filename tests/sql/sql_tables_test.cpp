#include "sql/support.hpp"

#include <array>
#include <string_view>

using namespace sql_tests;

namespace {

struct greedy : balances {
  static constexpr std::string_view name = "greedy";
  static constexpr std::array<std::string_view, 2> tables{"balances", "forgotten"};
};

struct clumsy : balances {
  static constexpr std::string_view name = "clumsy";
  void create(ec::sql_context& sql) const { sql.run("CREATE TABEL {}", sql.table("balances")); }
};

constexpr char own_view[] = "balances";
constexpr char stores_view[] = "log";

/// Calls its table what another one, or the store, calls theirs.
template <const char* Table>
struct usurper {
  static constexpr std::string_view name = "usurper";
  using streams = ec::kinds<accounts::account>;
  static constexpr std::array<std::string_view, 1> tables{Table};

  void create(ec::sql_context& sql) const {
    sql.run("CREATE TABLE {} (cents BIGINT)", sql.table(Table));
  }
  void apply(const accounts::money_deposited&) {}
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_name_that_is_taken_is_left_to_whom_it_belongs, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(5);
  must(ec::run(*store, ec::sql_projection<balances>()));
  must(store->reset_checkpoint("balances")); // so that its tables are balances_g2 now
  must(ec::run(*store, ec::sql_projection<balances>()));
  must_fail(ec::run(*store, ec::sql_projection<usurper<own_view>>()), ec::errc::schema_mismatch,
            "there is a table or a view 'balances' already");
  must_fail(ec::run(*store, ec::sql_projection<usurper<stores_view>>()), ec::errc::schema_mismatch,
            "there is a table or a view 'log' already");
  check_read_model(*store);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(tables_that_cannot_be_made_end_the_run, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(5);
  const ec::projection_options skipping{.failing = ec::give_up::skip};
  must_fail(ec::run(*store, ec::sql_projection<greedy>(), skipping), ec::errc::schema_mismatch,
            "does not make: forgotten_g1");
  must_fail(ec::run(*store, ec::sql_projection<clumsy>(), skipping), ec::errc::schema_mismatch,
            "projection 'clumsy' cannot begin anew");
  must(ec::run(*store, ec::sql_projection<balances>(), skipping)); // nothing of these is left
  check_read_model(*store);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_checkpoint_without_its_tables_is_refused, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(5);
  must(ec::run(*store, ec::sql_projection<balances>()));
  database.run("DROP VIEW balances");
  database.run("DROP TABLE balances_g1");
  must_fail(ec::run(*store, ec::sql_projection<balances>()), ec::errc::schema_mismatch,
            "tables of the read model are not there: balances_g1; forget the checkpoint");
  must(store->reset_checkpoint("balances"));
  must(ec::run(*store, ec::sql_projection<balances>()));
  BOOST_TEST(check_read_model(*store).value == 5);
}
