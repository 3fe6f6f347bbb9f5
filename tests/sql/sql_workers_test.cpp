#include "sql/broken_store.hpp"
#include "sql/support.hpp"
#include "support/wait_until.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

using namespace sql_tests;
using namespace std::chrono_literals;

// A SQL projection whose events are shared among workers, and one that several programs run.

namespace {

/// Refuses an event that is not the next one of its account.
struct ordered {
  static constexpr std::string_view name = "ordered";
  using streams = ec::kinds<accounts::account>;
  static constexpr std::array<std::string_view, 1> tables{"balances"};
  static auto partition_by(const ec::event_info& about) -> std::string_view { return about.key(); }

  std::int64_t poison = 1'000'000; ///< it cannot take an event of so much

  void create(ec::sql_context& sql) const {
    sql.run("CREATE TABLE {} (account TEXT PRIMARY KEY, cents BIGINT NOT NULL, version BIGINT NOT "
            "NULL)",
            sql.table("balances"));
  }
  auto apply(const accounts::money_deposited& e, const ec::event_info& about, ec::sql_context& sql)
    -> ec::result<> {
    return e.cents == poison ? ec::fail(ec::errc::rule_violated, "poison")
                             : add(e.cents, about, sql);
  }
  auto apply(const accounts::money_withdrawn& e, const ec::event_info& about, ec::sql_context& sql)
    -> ec::result<> {
    return add(-e.cents, about, sql);
  }

private:
  static auto add(std::int64_t cents, const ec::event_info& about, ec::sql_context& sql)
    -> ec::result<> {
    const std::string account{about.key()};
    const long long more = cents;
    const auto version = static_cast<long long>(about.version.value);
    long long last = 0;
    sql.session() << fmt::format("INSERT INTO {0} (account, cents, version) VALUES (:a, :c, :v) ON "
                                 "CONFLICT (account) DO UPDATE SET cents = {0}.cents + "
                                 "excluded.cents, version = {0}.version + 1",
                                 sql.table("balances")),
      soci::use(account), soci::use(more), soci::use(version);
    sql.session() << fmt::format("SELECT version FROM {} WHERE account = :a",
                                 sql.table("balances")),
      soci::into(last), soci::use(account);
    if (last != version)
      return ec::fail(ec::errc::read_only, fmt::format("version {} after {}", version, last));
    return {};
  }
};

struct keyless : ordered {
  static auto partition_by(const ec::event_info& about) -> std::string_view {
    if (about.key() == "nobody")
      throw std::runtime_error{"whose is it"};
    return about.key();
  }
};

auto with(std::size_t workers, ordered prototype = {}) -> std::shared_ptr<ec::applier> {
  return ec::sql_projection(prototype, ec::partitions{workers});
}

auto reached_in(ec::event_store& store) -> std::uint64_t {
  const auto found = look(store, "balances", "ordered");
  BOOST_TEST((found.rows == fold(store, found.reached)));
  return found.reached.value;
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(workers_share_the_events_and_keep_each_keys_order, backend,
                              backends) {
  backend database;
  const auto store = must(database.open({}));
  bank money{*store};
  money.fill(600, 23);
  must(ec::run(*store, with(4), {.page = {.events = 50}}));
  BOOST_TEST(reached_in(*store) == 600);
  std::size_t workers = 0;
  for (const auto& kept : must(store->list_checkpoints()))
    workers += kept.name.starts_with("ordered/") && kept.name.ends_with("of4") ? 1 : 0;
  BOOST_TEST(workers == 4U);
  money.fill(300, 23);
  must(ec::run(*store, with(4), {.page = {.events = 50}}));
  BOOST_TEST(reached_in(*store) == 900);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_worker_that_is_ahead_applies_nothing_twice, backend, backends) {
  bool all_were_reached = false;
  for (int at = 0; !all_were_reached; ++at)
    for (const auto how : {breakage::before, breakage::after})
      BOOST_TEST_CONTEXT("broken " << (how == breakage::after ? "after" : "before")
                                   << " transaction " << at) {
        backend database;
        const auto store = must(database.open({}));
        bank{*store}.fill(30, 7);
        broken_store broken{store, at, how};
        static_cast<void>(ec::run(broken, with(3), {.page = {.events = 15}}));
        must(ec::run(*store, with(3), {.page = {.events = 10}}));
        BOOST_TEST(reached_in(*store) == 30);
        all_were_reached = !broken.was_reached();
      }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_event_that_fails_holds_up_its_checkpoint_only, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank money{*store};
  money.fill(40, 7);
  money.move("a1", {77});
  money.fill(40, 7);
  const auto why =
    must_fail(ec::run(*store, with(3, {.poison = 77})), ec::errc::rule_violated, "at position 41");
  BOOST_TEST(must(store->load_checkpoint("ordered"))->position.value == 40U);
  must_fail(ec::run(*store, with(2)), ec::errc::invalid_argument,
            "run it once more with as many workers as it had");
  must_fail(ec::run(*store, with(1)), ec::errc::invalid_argument);
  must(ec::run(*store, with(3)));
  BOOST_TEST(reached_in(*store) == 81);
  money.fill(20, 7);
  must(ec::run(*store, with(2))); // all are level
  money.fill(20, 7);
  must(ec::run(*store, with(1)));
  money.fill(20, 7);
  must(ec::run(*store, with(3)));
  BOOST_TEST(reached_in(*store) == 141);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(workers_skip_and_park_like_one, backend, backends) {
  for (const auto failing : {ec::give_up::skip, ec::give_up::park}) {
    backend database;
    const auto store = must(database.open({}));
    bank money{*store};
    money.fill(20, 7);
    money.move("poisoned", {77});
    money.fill(20, 7);
    const auto run = must(ec::run(*store, with(3, {.poison = 77}), {.failing = failing}));
    BOOST_TEST(run.skipped + run.parked == 1U);
    auto found = look(*store, "balances", "ordered");
    BOOST_TEST(found.reached.value == 41U);
    BOOST_TEST((found.rows == fold(*store, {41}, {21})));
    if (failing == ec::give_up::skip)
      continue;
    BOOST_TEST(must(store->retry_dead_letter("ordered", {21})));
    must(ec::run(*store, with(3)));
    BOOST_TEST(reached_in(*store) == 41);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_key_that_cannot_be_told_is_the_events_failure, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank money{*store};
  money.fill(20, 7);
  money.move("nobody", {5});
  money.fill(20, 7);
  const auto unsure = ec::sql_projection<keyless>({}, ec::partitions{3});
  must_fail(ec::run(*store, unsure), ec::errc::handler_failed,
            "no partition for the event at position 21: partition_by() threw: whose is it");
  BOOST_TEST(must(store->load_checkpoint("ordered"))->position.value == 20U);
  const auto run = must(ec::run(*store, unsure, {.failing = ec::give_up::skip}));
  BOOST_TEST(run.skipped == 1U);
  const auto found = look(*store, "balances", "ordered");
  BOOST_TEST(found.reached.value == 41U);
  BOOST_TEST((found.rows == fold(*store, {41}, {21})));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(workers_rebuild_beside_and_begin_anew, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(100, 7);
  const auto projection = with(3);
  must(ec::run(*store, projection));
  must(projection->begin_rebuild(*store, {}));
  must(ec::run(*store, must(projection->find_rebuild(*store))));
  BOOST_TEST(must(projection->finish_rebuild(*store, {})));
  BOOST_TEST(reached_in(*store) == 100);
  BOOST_TEST(must(store->list_checkpoints()).size() == 1U);
  must(store->reset_checkpoint("ordered"));
  must(ec::run(*store, with(3)));
  BOOST_TEST(reached_in(*store) == 100);
}

// -- several programs -------------------------------------------------------------

namespace {

/// Several runs of one projection, each with a store of its own, while another one writes.
template <class Backend>
void run_beside_each_other(std::chrono::milliseconds takeover, std::size_t workers,
                           bool has_begun) {
  Backend database;
  const auto store = must(database.open({}));
  std::vector<ec::result<>> outcomes(3);
  bank money{*store};
  money.fill(20, 7);
  if (has_begun)
    must(ec::run(*store, with(workers)));
  {
    std::vector<std::jthread> running;
    for (auto& outcome : outcomes)
      running.emplace_back([&](const std::stop_token& stop) {
        const auto own = must(database.open({}));
        const auto run = ec::run(
          *own, with(workers),
          {.until = ec::run_until::stopped, .page = {.events = 7}, .takeover = takeover}, stop);
        if (!run)
          outcome = std::unexpected{run.error()};
      });
    for (int round = 0; round < 24; ++round)
      money.fill(20, 7);
    support::wait_until("the read model", [&] {
      return must(store->load_checkpoint("ordered")).value_or(ec::checkpoint{}).position.value
             == 500;
    });
  }
  for (const auto& outcome : outcomes)
    BOOST_TEST(outcome.has_value(), (outcome ? "" : outcome.error().text()));
  BOOST_TEST(reached_in(*store) == 500);
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(programs_without_a_lease_apply_each_event_once, backend, backends) {
  run_beside_each_other<backend>(0ms, 1, true);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(programs_that_begin_at_once_clear_nothing_of_each_other, backend,
                              backends) {
  run_beside_each_other<backend>(0ms, 1, false);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(workers_of_programs_without_a_lease_apply_each_event_once, backend,
                              backends) {
  run_beside_each_other<backend>(0ms, 3, true);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_of_several_programs_leads, backend, backends) {
  run_beside_each_other<backend>(500ms, 1, false);
}
