#include "sql/support.hpp"

#include <limits>
#include <optional>
#include <utility>

using namespace sql_tests;

namespace {

/// Has one transaction of the store do `act`, which moves no checkpoint.
template <class Act>
void do_in(ec::event_store& store, const Act& act) {
  must(store.transact({}, [&](ec::transaction& within) -> ec::result<> {
    ec::sql_context sql{*must(ec::sql_transaction::of(within))};
    act(sql);
    return {};
  }));
}

auto texts(ec::event_store& store, const std::string& query) -> std::vector<std::string> {
  return must(
    ec::read_sql(store, [&](ec::sql_context& sql) -> ec::result<std::vector<std::string>> {
      const soci::rowset<std::string> rows = (sql.session().prepare << query);
      return std::vector<std::string>{rows.begin(), rows.end()};
    }));
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_of_every_type_arrive_as_they_are, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  const std::vector<std::string> hard{"",      "NULL",     "a,b",      "{x}",  R"("quoted")",
                                      R"(\\)", "it's",     "\n\t",     "ä€😀", ":rows",
                                      "%s",    " spaced ", R"(ends\)", ";"};
  do_in(*store, [&](ec::sql_context& sql) {
    sql.run("CREATE TABLE things (id BIGINT, name TEXT, real DOUBLE PRECISION, yes BOOLEAN, "
            "missing TEXT, number BIGINT)");
    ec::sql_rows<std::int64_t, std::string, double, bool, std::optional<std::string>,
                 std::optional<int>>
      rows;
    for (std::size_t i = 0; i < hard.size(); ++i)
      rows.add(static_cast<std::int64_t>(i), hard[i], static_cast<double>(i) / 8, i % 2 == 0,
               i % 3 == 0 ? std::nullopt : std::optional{hard[i]},
               i % 3 == 0 ? std::optional<int>{} : -7);
    BOOST_TEST(rows.size() == hard.size());
    rows.run(sql, "INSERT INTO things (id, name, real, yes, missing, number) :rows");
  });
  BOOST_TEST(texts(*store, "SELECT name FROM things ORDER BY id") == hard,
             boost::test_tools::per_element());
  BOOST_TEST(texts(*store, "SELECT CAST(count(*) AS TEXT) FROM things WHERE yes")
             == std::vector<std::string>{"7"});
  BOOST_TEST(texts(*store, "SELECT CAST(count(*) AS TEXT) FROM things WHERE real = id / 8.0")
             == std::vector<std::string>{"14"});
  BOOST_TEST(texts(*store, "SELECT CAST(count(*) AS TEXT) FROM things WHERE missing IS NULL AND "
                           "number IS NULL")
             == std::vector<std::string>{"5"});
  BOOST_TEST(
    texts(*store, "SELECT CAST(count(*) AS TEXT) FROM things WHERE missing = name AND number = -7")
    == std::vector<std::string>{"9"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(extreme_numbers_arrive_as_they_are, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  using integer = std::numeric_limits<std::int64_t>;
  using real = std::numeric_limits<double>;
  do_in(*store, [&](ec::sql_context& sql) {
    sql.run("CREATE TABLE extremes (a BIGINT, b DOUBLE PRECISION)");
    ec::sql_rows<std::int64_t, double> rows;
    rows.add(integer::min(), real::max());
    rows.add(integer::max(), real::denorm_min());
    rows.add(0, 0.1);
    rows.add(1, real::infinity());
    rows.add(2, -real::infinity());
    rows.run(sql, "INSERT INTO extremes (a, b) :rows");
    double found = 0;
    for (const auto& [a, b] : {std::pair{integer::min(), real::max()},
                               {integer::max(), real::denorm_min()},
                               {0, 0.1},
                               {1, real::infinity()},
                               {2, -real::infinity()}}) {
      const long long key = a;
      sql.session() << "SELECT b FROM extremes WHERE a = :a", soci::into(found), soci::use(key);
      BOOST_TEST(found == b);
    }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_may_be_looked_for, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  do_in(*store, [&](ec::sql_context& sql) {
    sql.run("CREATE TABLE things (name TEXT)");
    ec::sql_rows<std::string> rows;
    for (const auto* name : {"a", "b", "c"})
      rows.add(name);
    rows.run(sql, "INSERT INTO things (name) :rows");
    ec::sql_rows<std::string> gone;
    gone.add("a");
    gone.add("c");
    gone.run(sql, "DELETE FROM things WHERE name IN (:rows)");
  });
  BOOST_TEST(texts(*store, "SELECT name FROM things") == std::vector<std::string>{"b"});
}

// SQLite takes 50 rows in one statement, and fewer where rows are wide.
BOOST_AUTO_TEST_CASE_TEMPLATE(however_many_rows_there_are_each_arrives_once, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  for (const std::int64_t count : {0, 1, 2, 49, 50, 51, 99, 100, 101, 150, 1234})
    BOOST_TEST_CONTEXT(count << " rows") {
      std::vector<std::string> wanted;
      do_in(*store, [&](ec::sql_context& sql) {
        sql.run("DROP TABLE IF EXISTS things");
        sql.run("CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT, real DOUBLE PRECISION)");
        ec::sql_rows<std::int64_t, std::optional<std::string>, std::optional<double>> rows;
        for (std::int64_t i = 0; i < count; ++i) { // what a place held before must not show
          const auto has_name = i % 3 != 0;
          const auto has_real = i % 7 != 0;
          rows.add(i, has_name ? std::optional{fmt::format("name {}", i)} : std::nullopt,
                   has_real ? std::optional{static_cast<double>(i) / 4} : std::nullopt);
          wanted.push_back(fmt::format("{} {} {}", i, has_name ? fmt::format("name {}", i) : "-",
                                       has_real ? fmt::format("{}", i * 25) : "-"));
        }
        rows.run(sql, "INSERT INTO things (id, name, real) :rows");
      });
      BOOST_TEST(texts(*store, "SELECT CAST(id AS TEXT) || ' ' || COALESCE(name, '-') || ' ' || "
                               "COALESCE(CAST(CAST(real * 100 AS BIGINT) AS TEXT), '-') "
                               "FROM things ORDER BY id")
                   == wanted,
                 boost::test_tools::per_element());
    }
}

namespace {

template <std::size_t>
using number_at = std::int64_t;

/// Puts `count` rows of so many columns into a table `wide` and gives the number of those that came
/// as they were.
template <std::size_t... Columns>
auto put_wide_rows(ec::event_store& store, std::int64_t count, std::index_sequence<Columns...>)
  -> std::string {
  std::vector<std::string> names;
  std::vector<std::string> checks;
  for (std::size_t i = 0; i < sizeof...(Columns); ++i) {
    names.push_back(fmt::format("c{}", i));
    checks.push_back(fmt::format("c{0} = c0 + {0}", i));
  }
  do_in(store, [&](ec::sql_context& sql) {
    sql.run("DROP TABLE IF EXISTS wide");
    sql.run("CREATE TABLE wide ({} BIGINT)", fmt::join(names, " BIGINT, "));
    ec::sql_rows<number_at<Columns>...> rows;
    for (std::int64_t i = 0; i < count; ++i)
      rows.add((i * 1000 + static_cast<std::int64_t>(Columns))...);
    rows.run(sql, "INSERT INTO wide ({}) :rows", fmt::join(names, ", "));
  });
  return texts(store, fmt::format("SELECT CAST(count(*) AS TEXT) || ' of ' || "
                                  "CAST(count(DISTINCT c0) AS TEXT) FROM wide WHERE {}",
                                  fmt::join(checks, " AND ")))
    .front();
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(wide_rows_arrive_as_they_are, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  for (const std::int64_t count : {1, 9, 10, 11, 51})
    BOOST_TEST(put_wide_rows(*store, count, std::make_index_sequence<100>{})
               == fmt::format("{0} of {0}", count));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_can_be_run_again, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  do_in(*store, [&](ec::sql_context& sql) {
    ec::sql_rows<std::string, std::int64_t> rows;
    for (std::int64_t i = 0; i < 120; ++i)
      rows.add(fmt::format("account {}", i), i);
    sql.run("CREATE TABLE sums (account TEXT PRIMARY KEY, cents BIGINT NOT NULL)");
    for (int time = 0; time < 3; ++time)
      rows.run(sql, "INSERT INTO sums (account, cents) :rows ON CONFLICT (account) DO UPDATE SET "
                    "cents = sums.cents + excluded.cents");
  });
  BOOST_TEST(texts(*store, "SELECT CAST(count(*) AS TEXT) FROM sums WHERE account = 'account ' || "
                           "CAST(cents / 3 AS TEXT)")
             == std::vector<std::string>{"120"});
}

// A row that is refused is so wherever it stands, and the next run is none the worse for it.
BOOST_AUTO_TEST_CASE(a_refused_row_leaves_the_statement_usable) {
  sqlite_backend database;
  const auto store = must(database.open({}));
  do_in(*store, [&](ec::sql_context& sql) {
    sql.run("CREATE TABLE sums (cents BIGINT CHECK (cents <> 13))");
    for (const std::int64_t at : {0, 30, 49, 50, 99, 100, 119}) {
      ec::sql_rows<std::int64_t> rows;
      for (std::int64_t i = 0; i < 120; ++i)
        rows.add(i == at ? 13 : 1);
      BOOST_CHECK_THROW(rows.run(sql, "INSERT INTO sums (cents) :rows"), soci::soci_error);
      sql.run("DELETE FROM sums");
    }
    ec::sql_rows<std::int64_t> rows;
    for (std::int64_t i = 0; i < 120; ++i)
      rows.add(1);
    rows.run(sql, "INSERT INTO sums (cents) :rows");
  });
  BOOST_TEST(texts(*store, "SELECT CAST(sum(cents) AS TEXT) FROM sums")
             == std::vector<std::string>{"120"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(no_rows_do_nothing, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  do_in(*store, [](ec::sql_context& sql) {
    ec::sql_rows<int>{}.run(sql, "INSERT INTO nowhere (a) :rows");
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(statements_that_would_be_lost_are_refused, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  do_in(*store, [](ec::sql_context& sql) {
    sql.run("CREATE TABLE one (a TEXT DEFAULT 'x;y') ; ");
    BOOST_CHECK_THROW(sql.run("CREATE TABLE two (a INT); CREATE TABLE three (a INT)"),
                      std::invalid_argument);
    ec::sql_rows<int> rows;
    rows.add(1);
    BOOST_CHECK_THROW(rows.run(sql, "INSERT INTO one (a) VALUES (1)"), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(sql.table("no table")), std::invalid_argument);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(readers_write_nothing, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(3);
  must(ec::run(*store, ec::sql_projection<balances>()));
  const auto outcome = ec::read_sql(*store, [](ec::sql_context& sql) -> ec::result<int> {
    sql.run("DELETE FROM balances_g1");
    return 1;
  });
  must_fail(outcome, ec::errc::handler_failed);
  BOOST_TEST(check_read_model(*store).value == 3);
}
