#pragma once

#include "stress/postgres_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// What a read model in SQL is compared with: a transaction for every so many events that changes one row for each account
// that they are about, and a row that says how far it is. Nothing is read and nothing is decoded for it.
namespace bench {

inline constexpr std::string_view sqlite_upsert_sql =
  "INSERT INTO raw_balances (account, cents) VALUES (:account, :cents) "
  "ON CONFLICT (account) DO UPDATE SET cents = cents + excluded.cents";
inline constexpr std::string_view postgres_upsert_sql =
  "WITH moved AS (UPDATE raw_checkpoint SET position = $3) "
  "INSERT INTO raw_balances (account, cents) SELECT unnest($1::text[]), unnest($2::bigint[]) "
  "ON CONFLICT (account) DO UPDATE SET cents = raw_balances.cents + excluded.cents";

/// What one transaction changes.
struct balance_change {
  std::string account{};
  std::int64_t cents = 0;
};
using balance_changes = std::vector<balance_change>;

/// The seconds that all transactions take, in a new database, with the store's own settings; statements of SOCI that are
/// prepared once, the rows in vectors.
auto time_upserts(const std::filesystem::path& file, const std::vector<balance_changes>& all)
  -> double;

/// The same on a server: one prepared statement straight to libpq, in one round trip.
auto time_upserts(const scratch_schema& where, const std::vector<balance_changes>& all) -> double;

} // namespace bench
