#pragma once

#include "stores/postgres_backend.hpp"
#include "stores/sqlite_backend.hpp"
#include "support/accounts.hpp"

#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/read_sql.hpp>
#include <eventcore/stores/sql_projection.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <soci/soci.h>

// What the tests of SQL projections have in common: a read model of accounts, and what it should be.
namespace sql_tests {

namespace ec = eventcore;
using namespace ec::testing;

using backends = std::tuple<sqlite_backend, postgres_backend>;

using balance_map = std::map<std::string, std::int64_t>;

/// Gathers what moves on each account, and writes it once for all events of a transaction.
struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<accounts::account>;
  static constexpr std::array<std::string_view, 1> tables{"balances"};

  balance_map moved{};

  void create(ec::sql_context& sql) const {
    sql.run("CREATE TABLE {} (account TEXT PRIMARY KEY, cents BIGINT NOT NULL)",
            sql.table("balances"));
  }
  void apply(const accounts::money_deposited& e, const ec::event_info& about) {
    moved[std::string{about.key()}] += e.cents;
  }
  void apply(const accounts::money_withdrawn& e, const ec::event_info& about) {
    moved[std::string{about.key()}] -= e.cents;
  }
  void write(ec::sql_context& sql) const {
    ec::sql_rows<std::string, std::int64_t> rows;
    for (const auto& [account, cents] : moved)
      rows.add(account, cents);
    rows.run(sql,
             "INSERT INTO {0} (account, cents) :rows "
             "ON CONFLICT (account) DO UPDATE SET cents = {0}.cents + excluded.cents",
             sql.table("balances"));
  }
};

/// Appends to accounts and remembers where their streams stand.
class bank {
public:
  explicit bank(ec::event_store& store) : store_{store} {}

  /// One event of each of these amounts, each a commit; negative ones are withdrawn.
  void move(const std::string& account, const std::vector<std::int64_t>& amounts) {
    std::vector<ec::write_set> sets;
    for (const auto cents : amounts) {
      auto& head = heads_[account];
      sets.push_back(write_of(
        ec::random_ids(), {stream_of("account-" + account)
                             .at(head)
                             .event(cents < 0 ? "money_withdrawn" : "money_deposited",
                                    fmt::format("{{\"cents\":{}}}", cents < 0 ? -cents : cents))}));
      head = ec::testing::head_after(sets.back(), "account-" + account);
    }
    for (const auto& outcome : store_.append(sets))
      must_be<ec::committed>(outcome);
  }

  /// So many events, spread over accounts.
  void fill(std::size_t events, std::size_t over = 7) {
    for (std::size_t account = 0; account < over; ++account) {
      std::vector<std::int64_t> amounts;
      for (std::size_t i = account; i < events; i += over)
        amounts.push_back(static_cast<std::int64_t>(i % 11) - 4);
      if (!amounts.empty())
        move(fmt::format("a{}", account), amounts);
    }
  }

private:
  ec::event_store& store_;
  std::map<std::string, ec::stream_head> heads_;
};

/// What the events up to a position come to, of those that `counts` counts.
template <class Counts>
auto fold_if(ec::event_store& store, ec::log_position through, const Counts& counts)
  -> balance_map {
  balance_map all;
  ec::log_position after{};
  for (bool complete = false; !complete;) {
    const auto page = must(store.read(ec::read_log{.after = after, .before = {through.value + 1}}));
    for (const auto& event : page.events) {
      if (!counts(event))
        continue;
      const auto cents = std::stoll(std::string{event.payload.substr(event.payload.find(':') + 1)});
      all[std::string{ec::info_of(event).key()}] +=
        event.type == "money_withdrawn" ? -cents : cents;
    }
    after = page.through;
    complete = page.complete;
  }
  return all;
}

/// The same; those at `but` left out.
inline auto fold(ec::event_store& store, ec::log_position through,
                 const std::vector<std::uint64_t>& but = {}) -> balance_map {
  return fold_if(store, through, [&](const ec::recorded_event& event) {
    return std::ranges::find(but, event.position.value) == but.end();
  });
}

/// What the read model is and how far, in one look.
struct seen {
  balance_map rows{};
  ec::log_position reached{};
  std::map<std::string, std::uint64_t> checkpoints{}; ///< all, by name
};

inline auto look(ec::event_store& store, const std::string& view = "balances",
                 const std::string& checkpoint = "balances") -> seen {
  return must(ec::read_sql(store, [&](ec::sql_context& sql) -> ec::result<seen> {
    seen found;
    const soci::rowset<soci::row> kept =
      (sql.session().prepare << "SELECT name, CAST(position AS TEXT) FROM checkpoints");
    for (const auto& row : kept)
      found.checkpoints[row.get<std::string>(0)] = std::stoull(row.get<std::string>(1));
    found.reached = {found.checkpoints[checkpoint]};
    const soci::rowset<soci::row> rows =
      (sql.session().prepare << "SELECT account, CAST(cents AS TEXT) FROM " + sql.table(view));
    for (const auto& row : rows)
      found.rows[row.get<std::string>(0)] = std::stoll(row.get<std::string>(1));
    return found;
  }));
}

/// What a read model of several workers should be: each worker's part as far as that one is.
inline auto fold_of_workers(ec::event_store& store, seen found, const std::string& checkpoint,
                            std::size_t workers) -> balance_map {
  auto last = found.reached.value;
  std::vector<std::uint64_t> reached;
  for (std::size_t i = 1; i <= workers; ++i) {
    reached.push_back(std::max(
      found.reached.value, found.checkpoints[fmt::format("{}/{}of{}", checkpoint, i, workers)]));
    last = std::max(last, reached.back());
  }
  return fold_if(store, {last}, [&](const ec::recorded_event& event) {
    return event.position.value <= reached[ec::partition_of(event.stream, workers)];
  });
}

/// The read model holds what the log does up to its checkpoint. Gives how far it is.
inline auto check_read_model(ec::event_store& store, std::size_t workers = 1) -> ec::log_position {
  const auto found = look(store);
  const auto wanted =
    workers == 1 ? fold(store, found.reached) : fold_of_workers(store, found, "balances", workers);
  BOOST_TEST((found.rows == wanted), "the read model at position " << found.reached.value);
  return found.reached;
}

} // namespace sql_tests
