#include "stress/clock.hpp"
#include "stress/upsert.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace bench {

namespace {

/// A statement without parameters, prepared once.
auto prepared(soci::session& sql, const char* text) -> soci::statement {
  soci::statement made{sql};
  made.alloc();
  made.prepare(text);
  made.define_and_bind();
  return made;
}

} // namespace

auto time_upserts(const std::filesystem::path& file, const std::vector<balance_changes>& all)
  -> double {
  soci::session sql{soci::sqlite3, "db=" + file.string()};
  for (const auto* line :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -8192",
        "CREATE TABLE raw_balances (account TEXT PRIMARY KEY, cents BIGINT NOT NULL)",
        "CREATE TABLE raw_checkpoint (position INTEGER NOT NULL)",
        "INSERT INTO raw_checkpoint VALUES (0)"})
    sql << line;
  std::vector<std::string> accounts(1);
  std::vector<long long> cents(1);
  long long position = 0;
  auto begin = prepared(sql, "BEGIN IMMEDIATE");
  auto commit = prepared(sql, "COMMIT");
  soci::statement move =
    (sql.prepare << "UPDATE raw_checkpoint SET position = :position", soci::use(position));
  soci::statement upsert =
    (sql.prepare << sqlite_upsert_sql, soci::use(accounts), soci::use(cents));
  double took = 0;
  for (const auto& changes : all) {
    accounts.clear();
    cents.clear();
    for (const auto& one : changes) {
      accounts.push_back(one.account);
      cents.push_back(one.cents);
    }
    ++position;
    took += time_of([&] {
      begin.execute(true);
      move.execute(true);
      upsert.execute(true);
      commit.execute(true);
    });
  }
  return took;
}

} // namespace bench
