#include "balances.hpp"

#include <eventcore/run.hpp>
#include <eventcore/stores/read_sql.hpp>

#include <utility>

#include <soci/soci.h>

namespace bank {

// begin: create
void balances::create(ec::sql_context& sql) const {
  // By their bytes, as stream ids are ordered.
  const auto* const order = sql.dialect() == ec::sql_dialect::postgresql ? R"(COLLATE "C")" : "";
  const auto held = sql.table("balances");
  sql.run("CREATE TABLE {} (account TEXT {} PRIMARY KEY, cents BIGINT NOT NULL)", held, order);
  sql.run("CREATE INDEX {0}_by_cents ON {0} (cents DESC, account)", held);
  const auto done = sql.table("orders_done");
  sql.run("CREATE TABLE {} (executed BIGINT NOT NULL, rejected BIGINT NOT NULL)", done);
  sql.run("INSERT INTO {} VALUES (0, 0)", done);
}
// end: create

// begin: write
void balances::write(ec::sql_context& sql) {
  ec::sql_rows<std::string, std::int64_t> rows;
  for (const auto& [account, amount] : moved)
    rows.add(account, amount.cents);
  rows.run(sql,
           "INSERT INTO {0} (account, cents) :rows "
           "ON CONFLICT (account) DO UPDATE SET cents = {0}.cents + excluded.cents",
           sql.table("balances"));
  sql.run("UPDATE {} SET executed = executed + {}, rejected = rejected + {}",
          sql.table("orders_done"), executed, rejected);
}
// end: write

// begin: update
auto update_balances(ec::event_store& store) -> ec::result<> {
  const auto ran = ec::run(store, ec::sql_projection<balances>());
  return ran ? ec::result<>{} : std::unexpected{ran.error()};
}
// end: update

namespace {

/// Whether the tables are there.
auto has_begun(ec::event_store& store) -> ec::result<bool> {
  const auto reached = store.load_checkpoint(balances::name);
  return reached ? ec::result<bool>{reached->has_value()} : std::unexpected{reached.error()};
}

} // namespace

auto find_balance(ec::event_store& store, const ec::stream<account>& id)
  -> ec::result<std::optional<money>> {
  const auto begun = has_begun(store);
  if (!begun || !*begun)
    return begun ? ec::result<std::optional<money>>{} : std::unexpected{begun.error()};
  return ec::read_sql(store, [&](ec::sql_context& sql) -> ec::result<std::optional<money>> {
    long long cents = 0;
    const std::string key{id.key()};
    sql.session() << "SELECT cents FROM " + sql.table("balances") + " WHERE account = :account",
      soci::use(key), soci::into(cents);
    return sql.session().got_data() ? std::optional{money{cents}} : std::nullopt;
  });
}

auto look(ec::event_store& store, std::size_t count) -> ec::result<overview> {
  const auto begun = has_begun(store);
  if (!begun || !*begun)
    return begun ? ec::result<overview>{} : std::unexpected{begun.error()};
  // begin: look
  return ec::read_sql(store, [&](ec::sql_context& sql) -> ec::result<overview> {
    overview found;
    long long orders = 0;
    sql.session() << "SELECT executed + rejected FROM " + sql.table("orders_done"),
      soci::into(orders);
    found.orders = static_cast<std::uint64_t>(orders);
    std::string account;
    long long cents = 0;
    const auto most = static_cast<long long>(count);
    soci::statement richest =
      (sql.session().prepare << "SELECT account, cents FROM " + sql.table("balances")
                                  + " ORDER BY cents DESC, account LIMIT :most",
       soci::use(most), soci::into(account), soci::into(cents));
    richest.execute();
    while (richest.fetch())
      found.richest.push_back({account, {cents}});
    return found;
  });
  // end: look
}

} // namespace bank
