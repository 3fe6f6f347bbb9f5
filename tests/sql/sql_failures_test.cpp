#include "sql/support.hpp"

#include <eventcore/projection_host.hpp>

#include <set>
#include <span>
#include <stdexcept>

using namespace sql_tests;

// An event that a SQL projection cannot take leaves nothing behind, whatever of it was done already.

namespace {

/// What an event of so many cents meets.
enum trap : std::int64_t {
  refused = 1001,      ///< apply() returns a failure, after it wrote
  thrown = 1002,       ///< apply() throws, after it wrote
  wrong_sql = 1003,    ///< the database refuses a statement of apply()
  wrong_write = 1004,  ///< the database refuses a row of write(), which no event is named for
  refused_write = 1005 ///< write() returns a failure
};

/// Writes each event twice: at once, and with write().
struct careful {
  static constexpr std::string_view name = "careful";
  using streams = ec::kinds<accounts::account>;
  static constexpr std::array<std::string_view, 2> tables{"at_once", "later"};

  bool is_healed = false; ///< nothing traps it
  std::vector<std::pair<std::int64_t, std::int64_t>> gathered{};

  auto create(ec::sql_context& sql) const -> ec::result<> {
    sql.run("CREATE TABLE {} (position BIGINT PRIMARY KEY, cents BIGINT NOT NULL)",
            sql.table("at_once"));
    sql.run("CREATE TABLE {} (position BIGINT PRIMARY KEY, cents BIGINT NOT NULL{})",
            sql.table("later"), is_healed ? "" : " CHECK (cents <> 1004)");
    return {};
  }

  auto apply(const accounts::money_deposited& e, const ec::event_info& about, ec::sql_context& sql)
    -> ec::result<> {
    const auto position = static_cast<long long>(about.position.value);
    const long long cents = e.cents;
    sql.session() << fmt::format("INSERT INTO {} (position, cents) VALUES (:p, :c)",
                                 sql.table("at_once")),
      soci::use(position), soci::use(cents);
    gathered.emplace_back(position, cents);
    if (is_healed)
      return {};
    if (e.cents == refused)
      return ec::fail(ec::errc::rule_violated, "not this one");
    if (e.cents == thrown)
      throw std::runtime_error{"out of luck"};
    if (e.cents == wrong_sql)
      sql.run("INSERT INTO {} (position, cents) VALUES ({}, NULL)", sql.table("at_once"),
              -about.position.value);
    return {};
  }

  auto write(ec::sql_context& sql) -> ec::result<> {
    ec::sql_rows<std::int64_t, std::int64_t> rows;
    for (const auto& [position, cents] : gathered) {
      if (cents == refused_write && !is_healed)
        return ec::fail(ec::errc::rule_violated, "not written");
      rows.add(position, cents);
    }
    rows.run(sql, "INSERT INTO {} (position, cents) :rows", sql.table("later"));
    return {};
  }
};

auto positions_in(ec::event_store& store, const std::string& view) -> std::vector<std::uint64_t> {
  return must(
    ec::read_sql(store, [&](ec::sql_context& sql) -> ec::result<std::vector<std::uint64_t>> {
      std::vector<std::uint64_t> found;
      const soci::rowset<std::string> rows =
        (sql.session().prepare << fmt::format(
           "SELECT CAST(position AS TEXT) AS shown FROM {0} ORDER BY {0}.position",
           sql.table(view)));
      for (const auto& position : rows)
        found.push_back(std::stoull(position));
      return found;
    }));
}

/// Both tables hold the positions up to `last`, each once, but not `but`.
void check_positions(ec::event_store& store, std::uint64_t last, std::set<std::uint64_t> but = {}) {
  std::vector<std::uint64_t> wanted;
  for (std::uint64_t position = 1; position <= last; ++position)
    if (!but.contains(position))
      wanted.push_back(position);
  BOOST_TEST(positions_in(store, "at_once") == wanted, boost::test_tools::per_element());
  BOOST_TEST(positions_in(store, "later") == wanted, boost::test_tools::per_element());
}

/// 20 events, of which the one at `position` traps.
void trap_at(ec::event_store& store, std::uint64_t position, trap what) {
  std::vector<std::int64_t> amounts(20, 5);
  amounts[position - 1] = what;
  bank{store}.move("alice", amounts);
}

constexpr std::array traps{refused, thrown, wrong_sql, wrong_write, refused_write};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_run_stops_before_the_event_that_fails, backend, backends) {
  for (const auto what : traps)
    for (const std::uint64_t position : {1, 2, 13, 20})
      BOOST_TEST_CONTEXT("trap " << what << " at " << position) {
        backend database;
        const auto store = must(database.open({}));
        trap_at(*store, position, what);
        const auto code = what == refused || what == refused_write ? ec::errc::rule_violated
                                                                   : ec::errc::handler_failed;
        const auto why =
          must_fail(ec::run(*store, ec::sql_projection<careful>()), code,
                    fmt::format("projection 'careful' cannot take event 'money_deposited' of "
                                "stream account-alice at position {} (version {})",
                                position, position));
        check_positions(*store, position - 1);
        const auto kept = must(store->load_checkpoint("careful"));
        BOOST_TEST(kept.value_or(ec::checkpoint{}).position.value == position - 1);
        if (what == wrong_write) // its table was made so
          continue;
        must(ec::run(*store, ec::sql_projection(careful{.is_healed = true})));
        check_positions(*store, 20);
      }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_event_that_fails_is_skipped_alone, backend, backends) {
  for (const auto what : traps)
    BOOST_TEST_CONTEXT("trap " << what) {
      backend database;
      const auto store = must(database.open({}));
      trap_at(*store, 7, what);
      const auto run =
        must(ec::run(*store, ec::sql_projection<careful>(), {.failing = ec::give_up::skip}));
      BOOST_TEST(run.skipped == 1);
      BOOST_TEST(run.applied == 19);
      check_positions(*store, 20, {7});
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_parked_event_is_applied_once_when_it_is_tried_again, backend,
                              backends) {
  for (const auto what : traps)
    BOOST_TEST_CONTEXT("trap " << what) {
      backend database;
      const auto store = must(database.open({}));
      trap_at(*store, 7, what);
      must(ec::run(*store, ec::sql_projection<careful>(), {.failing = ec::give_up::park}));
      check_positions(*store, 20, {7});
      BOOST_TEST(must(store->list_dead_letters({.projection = "careful"})).size() == 1U);

      BOOST_TEST(must(store->retry_dead_letter("careful", {7})));
      must(ec::run(*store, ec::sql_projection<careful>())); // it fails again, and lies there again
      check_positions(*store, 20, {7});
      BOOST_TEST(must(store->list_dead_letters({.projection = "careful"})).front().attempts == 2U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_dead_letter_that_is_gone_is_not_applied_again, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  trap_at(*store, 7, refused);
  must(ec::run(*store, ec::sql_projection<careful>(), {.failing = ec::give_up::park}));
  const auto page = must(store->read(ec::read_log{.after = {6}, .before = {8}}));
  const auto into = ec::sql_projection(careful{.is_healed = true});
  const auto kept = must(into->load(*store));
  for (int time = 0; time < 2; ++time) { // as after an answer that was lost
    const auto applied = into->apply(
      *store, {.events = page.events, .from = *kept, .to = *kept, .is_dead_letter = true});
    BOOST_TEST(!applied.stopped_by);
    BOOST_TEST(applied.count == 1U);
  }
  check_positions(*store, 20);
  BOOST_TEST(must(store->list_dead_letters({.projection = "careful"})).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_letter_is_gone_when_a_reset_brings_its_event_again, backend,
                              backends) {
  backend database;
  const auto store = must(database.open({}));
  trap_at(*store, 7, refused);
  must(ec::run(*store, ec::sql_projection<careful>(), {.failing = ec::give_up::park}));
  const auto into = ec::sql_projection(careful{.is_healed = true});
  const auto kept = must(into->load(*store)).value();
  const auto page = must(store->read(ec::read_log{.after = {5}, .before = {8}}));
  const auto at = [&](std::size_t i) {
    return ec::checkpoint{page.events.at(i).position, page.events.at(i).commit};
  };
  must(into->save(*store, {.name = "careful", .from = kept, .to = at(0)}));
  const auto again = std::span{page.events}.subspan(1);
  const auto applied = into->apply(*store, {.events = again, .from = at(0), .to = at(1)});
  BOOST_TEST(!applied.stopped_by);
  check_positions(*store, 20);
  BOOST_TEST(must(store->list_dead_letters({.projection = "careful"})).empty());
}

// It lay aside before the checkpoint had passed it, so its event comes again.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_letter_of_a_program_that_was_killed_counts_once, backend,
                              backends) {
  for (const bool is_marked : {false, true}) {
    backend database;
    const auto store = must(database.open({}));
    trap_at(*store, 20, refused);
    const auto letters = [&] { return must(store->list_dead_letters({.projection = "careful"})); };
    {
      const ec::environment around;
      const ec::projection_options parking{.until = ec::run_until::stopped,
                                           .failing = ec::give_up::park};
      ec::projection_host killed{*store, ec::sql_projection<careful>(), parking, around};
      while (letters().empty())
        killed.step();
    }
    BOOST_TEST(must(store->load_checkpoint("careful"))->position.value == 19U);
    if (is_marked)
      BOOST_TEST(must(store->retry_dead_letter("careful", {20})));
    must(ec::run(*store, ec::sql_projection(careful{.is_healed = true})));
    check_positions(*store, 20);
    BOOST_TEST(letters().empty());
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(of_several_that_fail_each_is_skipped, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  std::vector<std::int64_t> amounts(60, 5);
  for (const auto& [at, what] : {std::pair{0U, wrong_write},
                                 {17U, wrong_write},
                                 {18U, refused},
                                 {19U, wrong_sql},
                                 {20U, refused_write},
                                 {59U, thrown}})
    amounts[at] = what;
  bank{*store}.move("alice", amounts);
  const auto run =
    must(ec::run(*store, ec::sql_projection<careful>(), {.failing = ec::give_up::skip}));
  BOOST_TEST(run.skipped == 6);
  check_positions(*store, 60, {1, 18, 19, 20, 21, 60});
}

namespace {

/// Fails with a code that a store has for the checkpoint, too.
struct ambiguous : balances {
  ec::errc code = ec::errc::version_conflict;
  bool writes = false;
  bool met = false;

  using balances::apply;
  auto apply(const accounts::money_deposited& e, const ec::event_info& about) -> ec::result<> {
    met = met || e.cents == 13;
    balances::apply(e, about);
    return e.cents == 13 && !writes ? ec::fail(code, "by a command") : ec::result<>{};
  }
  auto write(ec::sql_context& sql) const -> ec::result<> {
    if (met && writes)
      return ec::fail(code, "by a command");
    balances::write(sql);
    return {};
  }
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(what_the_projection_fails_with_is_not_taken_for_the_stores, backend,
                              backends) {
  for (const auto code : {ec::errc::version_conflict, ec::errc::outcome_unknown})
    for (const bool writes : {false, true}) {
      backend database;
      const auto store = must(database.open({}));
      bank{*store}.move("alice", {1, 2, 13, 4});
      ambiguous prototype;
      prototype.code = code;
      prototype.writes = writes;
      const auto into = ec::sql_projection(prototype);
      must_fail(ec::run(*store, into, {.store = ec::retry_policy::never()}),
                ec::errc::handler_failed, "at position 3");
      const auto run = must(ec::run(*store, into, {.failing = ec::give_up::skip}));
      BOOST_TEST(run.skipped == 1U);
      BOOST_TEST(run.reached.position.value == 4U);
    }
}

// -- what no event is to blame for ----------------------------------------------

namespace {

struct stranger : balances {
  void write(ec::sql_context& sql) const { sql.run("DELETE FROM {}", sql.table("balance")); }
};

struct secretive : balances {
  static constexpr std::string_view name = "secretive";
  using balances::apply;
  void apply(const accounts::money_deposited& e, const ec::event_info&, ec::sql_context& sql) {
    if (e.cents == 13)
      try {
        sql.run("SELECT 1 / 0");
      } catch (const std::exception&) {
      }
  }
};

struct impatient : balances {
  auto write(ec::sql_context&) const -> ec::result<> {
    return ec::fail(ec::errc::read_only, "not today");
  }
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_failure_that_is_no_events_ends_the_run, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(5);
  must_fail(ec::run(*store, ec::sql_projection<impatient>(), {.failing = ec::give_up::skip}),
            ec::errc::read_only, "not today");
  must_fail(ec::run(*store, ec::sql_projection<stranger>()), ec::errc::handler_failed,
            "projection 'balances' has no table 'balance'; it lists: balances");
}

BOOST_AUTO_TEST_CASE(a_store_without_sql_is_refused) {
  const auto store = ec::memory::open();
  must_fail(ec::run(*store, ec::sql_projection<balances>()), ec::errc::invalid_argument);
}

// PostgreSQL alone: there a statement that failed spoils its transaction, whoever hides that.
BOOST_AUTO_TEST_CASE(a_failure_that_was_hidden_is_that_of_its_event) {
  postgres_backend database;
  const auto store = must(database.open({}));
  bank{*store}.move("alice", {1, 2, 3, 13, 4});
  must_fail(ec::run(*store, ec::sql_projection<secretive>()), ec::errc::handler_failed,
            "cannot take event 'money_deposited' of stream account-alice at position 4");
}
