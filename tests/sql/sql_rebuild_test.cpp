#include "sql/broken_store.hpp"
#include "sql/support.hpp"
#include "support/wait_until.hpp"

#include <eventcore/projection_host.hpp>

#include <atomic>
#include <thread>

using namespace sql_tests;

// A read model is rebuilt in tables beside those that serve, and takes their place in one step.

namespace {

/// The same read model made by a later version of the program: twice as much, and another column.
struct doubled {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<accounts::account>;
  static constexpr std::array<std::string_view, 1> tables{"balances"};

  void create(ec::sql_context& sql) const {
    const auto table = sql.table("balances");
    sql.run("CREATE TABLE {} (cents BIGINT NOT NULL, note TEXT, account TEXT PRIMARY KEY)", table);
    sql.run("CREATE INDEX {0}_by_cents ON {0} (cents)", table);
  }
  void apply(const accounts::money_deposited& e, const ec::event_info& about,
             ec::sql_context& sql) {
    add(e.cents, about, sql);
  }
  void apply(const accounts::money_withdrawn& e, const ec::event_info& about,
             ec::sql_context& sql) {
    add(-e.cents, about, sql);
  }

private:
  static void add(std::int64_t cents, const ec::event_info& about, ec::sql_context& sql) {
    const long long twice = 2 * cents;
    const std::string account{about.key()};
    sql.session() << fmt::format("INSERT INTO {0} (account, cents) VALUES (:a, :c) ON CONFLICT "
                                 "(account) DO UPDATE SET cents = {0}.cents + excluded.cents",
                                 sql.table("balances")),
      soci::use(account), soci::use(twice);
  }
};

auto twice(balance_map all) -> balance_map {
  for (auto& [account, cents] : all)
    cents *= 2;
  return all;
}

/// A program that knows of no rebuild; any other would go on with one that was begun.
class unaware final : public ec::applier {
public:
  explicit unaware(std::shared_ptr<ec::applier> into) : into_{std::move(into)} {}

  auto type() const -> const ec::projection_type& override { return into_->type(); }
  auto saves() const -> ec::projection_run::saving override { return into_->saves(); }
  auto load(ec::event_store& store) -> ec::result<std::optional<ec::checkpoint>> override {
    return into_->load(store);
  }
  auto apply(ec::event_store& store, const ec::batch_to_apply& batch)
    -> ec::applied_events override {
    return into_->apply(store, batch);
  }
  auto save(ec::event_store& store, const ec::checkpoint_move& move) -> ec::result<> override {
    return into_->save(store, move);
  }
  auto clear(ec::event_store& store, const ec::checkpoint_move& move) -> ec::result<> override {
    return into_->clear(store, move);
  }

private:
  std::shared_ptr<ec::applier> into_;
};

void serve(ec::event_store& store) {
  const std::shared_ptr<ec::applier> into =
    std::make_shared<unaware>(ec::sql_projection<balances>());
  must(ec::run(store, into));
}

auto position_of(ec::event_store& store, std::string_view checkpoint) -> std::uint64_t {
  return must(store.load_checkpoint(checkpoint)).value_or(ec::checkpoint{}).position.value;
}

template <class Backend>
auto tables_of(const Backend& database) -> std::string {
  if constexpr (std::is_same_v<Backend, sqlite_backend>) {
    const auto store = must(ec::sqlite::open(database.file()));
    return must(ec::read_sql(*store, [](ec::sql_context& sql) -> ec::result<std::string> {
      std::string names;
      sql.session()
        << "SELECT coalesce(group_concat(name, ' '), '') FROM (SELECT name FROM "
           "sqlite_master WHERE type = 'table' AND name GLOB '*_g[0-9]*' ORDER BY name)",
        soci::into(names);
      return names;
    }));
  } else {
    return database.ask("SELECT coalesce(string_agg(tablename, ' ' ORDER BY tablename), '') FROM "
                        "pg_tables WHERE schemaname = current_schema AND tablename LIKE '%\\_g%'");
  }
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(what_serves_stays_until_the_rebuild_takes_its_place, backend,
                              backends) {
  backend database;
  const auto store = must(database.open({}));
  bank money{*store};
  money.fill(2'000);
  must(ec::run(*store, ec::sql_projection<balances>()));
  const auto later = ec::sql_projection<doubled>();
  BOOST_TEST(!must(later->find_rebuild(*store)));
  must(later->begin_rebuild(*store, {}));
  BOOST_TEST(tables_of(database) == "balances_g1 balances_g2");

  money.fill(500);
  serve(*store); // the old program goes on
  BOOST_TEST(check_read_model(*store).value == 2'500);
  const auto beside = must(later->find_rebuild(*store));
  BOOST_REQUIRE(beside);
  BOOST_TEST(beside->type().name == "balances/rebuild");
  must(ec::run(*store, beside));
  BOOST_TEST(position_of(*store, "balances/rebuild") == 2'500);
  check_read_model(*store);

  money.fill(1'000);
  serve(*store); // ahead of the rebuild
  BOOST_TEST(must(later->finish_rebuild(*store, {})));
  const auto found = look(*store);
  BOOST_TEST(found.reached.value == 3'500);
  BOOST_TEST((found.rows == twice(fold(*store, {3'500}))));
  BOOST_TEST(tables_of(database) == "balances_g2");
  BOOST_TEST(position_of(*store, "balances/rebuild") == 0);
  BOOST_TEST(!must(later->find_rebuild(*store)));
  BOOST_TEST(must(later->finish_rebuild(*store, {}))); // as after an answer that was lost

  money.fill(100);
  must(ec::run(*store, later));
  BOOST_TEST((look(*store).rows == twice(fold(*store, {3'600}))));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_rebuild_that_is_far_behind_takes_no_place, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(5'000);
  const auto projection = ec::sql_projection<balances>();
  must(ec::run(*store, projection));
  must(projection->begin_rebuild(*store, {}));
  BOOST_TEST(!must(projection->finish_rebuild(*store, {}))); // four pages of five were done
  BOOST_TEST(position_of(*store, "balances/rebuild") == 4'000);
  BOOST_TEST(check_read_model(*store).value == 5'000);
  BOOST_TEST(must(projection->finish_rebuild(*store, {})));
  BOOST_TEST(check_read_model(*store).value == 5'000);
  BOOST_TEST(tables_of(database) == "balances_g2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_rebuild_may_begin_again, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(50);
  const auto projection = ec::sql_projection<balances>();
  must(projection->begin_rebuild(*store, {})); // before anything serves
  serve(*store);
  must(ec::run(*store, must(projection->find_rebuild(*store))));
  must(projection->begin_rebuild(*store, {}));
  BOOST_TEST(position_of(*store, "balances/rebuild") == 0);
  BOOST_TEST(tables_of(database) == "balances_g2 balances_g3");
  BOOST_TEST(must(projection->finish_rebuild(*store, {})));
  BOOST_TEST(check_read_model(*store).value == 50);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(dead_letters_are_those_of_the_read_model_that_serves, backend,
                              backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(50);
  const auto projection = ec::sql_projection<balances>();
  must(ec::run(*store, projection));
  const auto park = [&](std::string_view name, std::uint64_t at) {
    const auto page = must(store->read(ec::read_log{.after = {at - 1}, .before = {at + 1}}));
    must(store->park(
      {.projection = name, .event = page.events.front(), .why = {ec::errc::rule_violated, "so"}}));
  };
  park("balances", 3);
  park("balances", 4);
  park("balances/rebuild", 9);
  must(projection->begin_rebuild(*store, {}));
  BOOST_TEST(must(store->list_dead_letters({.projection = "balances/rebuild"})).empty());
  must(ec::run(*store, must(projection->find_rebuild(*store))));
  park("balances/rebuild", 4);
  must(projection->finish_rebuild(*store, {}));
  const auto kept = must(store->list_dead_letters({}));
  BOOST_REQUIRE(kept.size() == 1U);
  BOOST_TEST(kept.front().projection == "balances");
  BOOST_TEST(kept.front().position.value == 4U);
}

// -- interrupted at each step ---------------------------------------------------

namespace {

/// Rebuilds as programs do that come one after the other, each where the last one broke off.
auto rebuild_on(ec::event_store& store) -> ec::result<> {
  const auto projection = ec::sql_projection<doubled>();
  for (;;) {
    auto beside = projection->find_rebuild(store);
    if (!beside)
      return std::unexpected{beside.error()};
    if (!*beside)
      return {};
    if (auto filled = ec::run(store, *beside, {.page = {.events = 40}}); !filled)
      return std::unexpected{filled.error()};
    if (auto done = projection->finish_rebuild(store, {}); !done)
      return std::unexpected{done.error()};
  }
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_rebuild_that_is_interrupted_at_any_step_goes_on, backend,
                              backends) {
  bool all_were_reached = false;
  for (int at = 0; !all_were_reached; ++at)
    for (const auto how : {breakage::before, breakage::after})
      BOOST_TEST_CONTEXT("broken " << (how == breakage::after ? "after" : "before") << " step "
                                   << at) {
        backend database;
        const auto store = must(database.open({}));
        bank{*store}.fill(100);
        must(ec::run(*store, ec::sql_projection<balances>()));
        broken_store broken{store, at, how};
        if (ec::sql_projection<doubled>()->begin_rebuild(broken, {}))
          static_cast<void>(rebuild_on(broken));
        const auto found = look(*store);
        BOOST_TEST(found.reached.value == 100);
        BOOST_TEST((found.rows == fold(*store, {100}) || found.rows == twice(fold(*store, {100}))));
        if (!must(ec::sql_projection<doubled>()->find_rebuild(*store))
            && found.rows == fold(*store, {100}))
          must(ec::sql_projection<doubled>()->begin_rebuild(*store, {}));
        must(rebuild_on(*store));
        BOOST_TEST(look(*store).reached.value == 100);
        BOOST_TEST((look(*store).rows == twice(fold(*store, {100}))));
        BOOST_TEST(tables_of(database).find(' ') == std::string::npos); // one generation
        all_were_reached = !broken.was_reached();
      }
}

// -- under load -----------------------------------------------------------------

namespace {

/// Says in the tables how far they are, so that one look at them shows whether they are whole.
struct dated : balances {
  static constexpr std::string_view name = "dated";
  static constexpr std::array<std::string_view, 2> tables{"balances", "reached"};

  std::uint64_t last = 0;

  void create(ec::sql_context& sql) const {
    balances::create(sql);
    sql.run("CREATE TABLE {} (one INT PRIMARY KEY, position BIGINT NOT NULL)",
            sql.table("reached"));
  }
  template <class Event>
    requires requires(balances& b, const Event& e, const ec::event_info& i) { b.apply(e, i); }
  void apply(const Event& e, const ec::event_info& about) {
    balances::apply(e, about);
    last = about.position.value;
  }
  void write(ec::sql_context& sql) const {
    balances::write(sql);
    ec::sql_rows<int, std::uint64_t> rows;
    rows.add(1, last);
    rows.run(sql,
             "INSERT INTO {} (one, position) :rows ON CONFLICT (one) DO UPDATE SET position = "
             "excluded.position",
             sql.table("reached"));
  }
};

auto look_at_dated(ec::event_store& store) -> seen {
  return must(ec::read_sql(store, [](ec::sql_context& sql) -> ec::result<seen> {
    seen found;
    const soci::rowset<soci::row> rows =
      (sql.session().prepare << "SELECT account, CAST(cents AS TEXT) FROM "
                                  + sql.table("balances"));
    for (const auto& row : rows)
      found.rows[row.get<std::string>(0)] = std::stoll(row.get<std::string>(1));
    long long position = 0;
    sql.session() << "SELECT position FROM " + sql.table("reached"), soci::into(position);
    found.reached = {static_cast<std::uint64_t>(position)};
    return found;
  }));
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(readers_see_no_swap, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank money{*store};
  money.fill(100);
  must(ec::run(*store, ec::sql_projection<dated>()));
  const ec::environment around;
  ec::projection_host host{
    *store, ec::sql_projection<dated>(), {.until = ec::run_until::stopped}, around};
  std::atomic<int> swaps = 0;
  std::atomic<bool> ending = false;
  std::string problem;

  std::jthread serving{[&] {
    int begun = 0;
    bool under_way = false;
    for (;;) {
      const auto next = host.step();
      if (const auto* over = std::get_if<ec::projection_host::ended>(&next)) {
        if (!over->outcome)
          problem = over->outcome.error().text();
        ending = true;
        return;
      }
      const auto is_rebuilding = host.status().rebuilt.has_value();
      if (under_way && !is_rebuilding) {
        under_way = false;
        ++swaps;
      }
      if (!under_way && swaps == begun && begun < 12) {
        must(host.rebuild());
        ++begun;
      }
      under_way = under_way || is_rebuilding;
      if (swaps == 12)
        host.stop();
    }
  }};
  std::jthread writing{[&] {
    while (!ending)
      money.fill(20);
  }};
  ec::log_position last{};
  std::size_t looks = 0;
  while (!ending) {
    const auto found = look_at_dated(*store);
    BOOST_TEST_REQUIRE(found.reached.value >= last.value);
    BOOST_TEST_REQUIRE((found.rows == fold(*store, found.reached)),
                       "the read model at position " << found.reached.value);
    last = found.reached;
    ++looks;
  }
  serving.join();
  writing.join();
  BOOST_TEST(problem == "");
  BOOST_TEST(swaps == 12);
  BOOST_TEST(looks > 20U);
  must(ec::run(*store, ec::sql_projection<dated>()));
  const auto found = look_at_dated(*store);
  BOOST_TEST((found.rows == fold(*store, found.reached)));
}

// -- beginning anew --------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(a_read_model_that_begins_anew_has_new_tables, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(30);
  must(ec::run(*store, ec::sql_projection<balances>()));
  must(store->reset_checkpoint("balances"));
  must(ec::run(*store, ec::sql_projection<doubled>()));
  BOOST_TEST((look(*store).rows == twice(fold(*store, {30}))));
  BOOST_TEST(tables_of(database) == "balances_g2");
}

BOOST_AUTO_TEST_CASE(rights_on_a_view_outlive_a_rebuild) {
  postgres_backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(30);
  const auto projection = ec::sql_projection<balances>();
  must(ec::run(*store, projection));
  database.server.run("DROP ROLE IF EXISTS reporter");
  database.server.run("CREATE ROLE reporter");
  database.run("GRANT SELECT ON balances TO reporter");
  database.run("CREATE VIEW rich AS SELECT * FROM balances WHERE cents > 10");
  must(projection->begin_rebuild(*store, {}));
  BOOST_TEST(must(projection->finish_rebuild(*store, {})));
  BOOST_TEST(database.ask("SELECT has_table_privilege('reporter', 'balances', 'SELECT')") == "t");
  BOOST_TEST(database.ask("SELECT count(*) FROM rich")
             == database.ask("SELECT count(*) FROM balances_g2 WHERE cents > 10"));
}
