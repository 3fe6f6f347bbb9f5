#include "sql/support.hpp"

// The code of the manual's part on read models in SQL (docs/read_models_sql.md), run as it stands there.

namespace {

namespace ec = eventcore;
using namespace accounts;

// begin: projection
struct account_balances {
  static constexpr std::string_view name = "account_balances";
  using streams = ec::kinds<account>;
  static constexpr std::array<std::string_view, 1> tables{"account_balances"};

  void create(ec::sql_context& sql) const {
    const auto table = sql.table("account_balances"); // account_balances_g1, _g2, ...
    sql.run("CREATE TABLE {} (account TEXT PRIMARY KEY, cents BIGINT NOT NULL)", table);
    sql.run("CREATE INDEX {0}_by_cents ON {0} (cents)", table);
  }

  std::map<std::string, std::int64_t> moved{}; // in the transaction that is under way

  void apply(const money_deposited& e, const ec::event_info& about) {
    moved[std::string{about.key()}] += e.cents;
  }
  void apply(const money_withdrawn& e, const ec::event_info& about) {
    moved[std::string{about.key()}] -= e.cents;
  }

  void write(ec::sql_context& sql) const { // once for all events of a transaction
    ec::sql_rows<std::string, std::int64_t> rows;
    for (const auto& [key, cents] : moved)
      rows.add(key, cents);
    rows.run(sql,
             "INSERT INTO {0} (account, cents) :rows "
             "ON CONFLICT (account) DO UPDATE SET cents = {0}.cents + excluded.cents",
             sql.table("account_balances"));
  }
};
// end: projection

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(the_manuals_read_model, backend, sql_tests::backends) {
  backend database;
  const auto opened = ec::testing::must(database.open({}));
  auto& store = *opened;
  sql_tests::bank{store}.move("alice", {500, -120});
  sql_tests::bank{store}.move("bob", {70});

  // begin: run
  ec::unwrap(ec::run(store, ec::sql_projection<account_balances>()));
  // end: run

  // begin: read
  const auto rich = ec::unwrap(
    ec::read_sql(store, [](ec::sql_context& sql) -> ec::result<std::vector<std::string>> {
      const long long least = 100;
      const soci::rowset<std::string> found =
        (sql.session().prepare << "SELECT account FROM account_balances WHERE cents >= :least",
         soci::use(least));
      return std::vector<std::string>{found.begin(), found.end()};
    }));
  // end: read
  BOOST_TEST(rich == std::vector<std::string>{"alice"});
}
