#include "stress/clock.hpp"
#include "stress/postgres_binary.hpp"
#include "stress/postgres_session.hpp"
#include "stress/upsert.hpp"

#include <span>

#include <fmt/format.h>

namespace bench {

auto time_upserts(const scratch_schema& where, const std::vector<balance_changes>& all) -> double {
  postgres_session sql{where.url()};
  sql.run(fmt::format("SET search_path TO {}; SET synchronous_commit TO on", where.name()));
  sql.run("CREATE TABLE raw_balances (account text PRIMARY KEY, cents bigint NOT NULL);"
          "CREATE TABLE raw_checkpoint (position bigint NOT NULL);"
          "INSERT INTO raw_checkpoint VALUES (0)");
  std::int64_t position = 0;
  double took = 0;
  for (const auto& changes : all) {
    const std::span rows{changes};
    const std::vector<binary_value> values{
      pg::array(pg::text, rows,
                [](const balance_change& one) { return std::string_view{one.account}; }),
      pg::array(pg::int8, rows, [](const balance_change& one) { return one.cents; }),
      pg::single(pg::int8, ++position)};
    if (position == 1)
      sql.prepare(postgres_upsert_sql, values);
    took += time_of([&] { sql.execute(values); });
  }
  return took;
}

} // namespace bench
