#pragma once

#include "domain.hpp"

#include <eventcore/event_info.hpp>
#include <eventcore/kinds.hpp>
#include <eventcore/stores/sql_rows.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

namespace stress {

/// A read model of money: what each account holds. It knows which events made it: two that are equal were made of the
/// same ones, each of them as often.
struct money_sums {
  struct hash {
    using is_transparent = void;
    auto operator()(std::string_view text) const -> std::size_t {
      return std::hash<std::string_view>{}(text);
    }
  };

  boost::unordered_flat_map<std::string, std::int64_t, hash, std::equal_to<>> cents{};
  std::uint64_t events = 0;
  std::uint64_t marks = 0; ///< the sum of `mark` of their positions

  void add(ec::log_position at, std::string_view account, std::int64_t more);

  friend auto operator==(const money_sums&, const money_sums&) -> bool = default;
};

/// A number that stands for a position: sums of these are equal only if they are made of the same ones.
auto mark(ec::log_position at) -> std::uint64_t;

inline void money_sums::add(ec::log_position at, std::string_view account, std::int64_t more) {
  ++events;
  marks += mark(at);
  if (const auto known = cents.find(account); known != cents.end())
    known->second += more;
  else
    cents.emplace(account, more);
}

/// How many projections of `balances` there are, each with a name of its own.
inline constexpr std::size_t most_projections = 10;

/// Keeps the balances in memory.
template <std::size_t Number = 0>
struct balances {
  static constexpr std::array<std::string_view, most_projections> names{
    "stress-balances-0", "stress-balances-1", "stress-balances-2", "stress-balances-3",
    "stress-balances-4", "stress-balances-5", "stress-balances-6", "stress-balances-7",
    "stress-balances-8", "stress-balances-9"};
  static constexpr std::string_view name = names[Number];
  using streams = ec::kinds<account>;

  money_sums sums{};

  void apply(const money_deposited& e, const ec::event_info& about) {
    sums.add(about.position, about.key(), e.cents);
  }
  void apply(const money_withdrawn& e, const ec::event_info& about) {
    sums.add(about.position, about.key(), -e.cents);
  }
  void reset() { sums = {}; }
};

/// Keeps them in a table of the store's database: a row for each account that a transaction moves.
struct balances_in_sql {
  static constexpr std::string_view name = "stress-balances-in-sql";
  using streams = ec::kinds<account>;
  static constexpr std::array<std::string_view, 1> tables{"stress_balances"};

  std::map<std::string, std::int64_t, std::less<>> moved{};

  void create(ec::sql_context& sql) const {
    sql.run("CREATE TABLE {} (account TEXT PRIMARY KEY, cents BIGINT NOT NULL)",
            sql.table("stress_balances"));
  }
  void apply(const money_deposited& e, const ec::event_info& about) { add(about.key(), e.cents); }
  void apply(const money_withdrawn& e, const ec::event_info& about) { add(about.key(), -e.cents); }
  void write(ec::sql_context& sql) {
    ec::sql_rows<std::string, std::int64_t> rows;
    for (const auto& [account, cents] : moved)
      rows.add(account, cents);
    rows.run(sql,
             "INSERT INTO {0} (account, cents) :rows "
             "ON CONFLICT (account) DO UPDATE SET cents = {0}.cents + excluded.cents",
             sql.table("stress_balances"));
  }

private:
  void add(std::string_view account, std::int64_t cents) {
    if (const auto known = moved.find(account); known != moved.end())
      known->second += cents;
    else
      moved.emplace(account, cents);
  }
};

} // namespace stress
