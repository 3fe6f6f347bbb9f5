#pragma once

#include "stress/limits.hpp"

#include "eventcore/event_store.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// The limits on a PostgreSQL server, see limits.hpp. `raw` there is one prepared statement in a transaction of its own,
// its parameters in binary, straight to libpq: nothing that commits these rows needs less.
namespace bench {

/// One row: VALUES; several: unnest, in the list of what is selected, which is 5 to 10 % faster than a function in FROM.
/// Arrays as text by SOCI, in BEGIN and COMMIT, reach 60 to 75 % of it.
inline constexpr std::string_view insert_row_sql =
  "INSERT INTO events (position, stream, version, commit_id, event_id, type, type_version, "
  "payload, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
inline constexpr std::string_view insert_rows_sql =
  "INSERT INTO events (position, stream, version, commit_id, event_id, type, type_version, "
  "payload, recorded_at) SELECT unnest($1::bigint[]), unnest($2::bigint[]), "
  "unnest($3::bigint[]), unnest($4::uuid[]), unnest($5::uuid[]), unnest($6::text[]), "
  "unnest($7::int[]), unnest($8::jsonb[]), unnest($9::timestamptz[])";

/// The store's tables in a schema of their own, new and empty; the schema goes with the object. What fails throws
/// `failure_error`.
class scratch_schema {
public:
  explicit scratch_schema(std::string url);
  scratch_schema(const scratch_schema&) = delete;
  auto operator=(const scratch_schema&) -> scratch_schema& = delete;
  ~scratch_schema();

  auto url() const -> const std::string& { return url_; }
  auto name() const -> const std::string& { return name_; }

  /// The store in it.
  auto open() const -> std::shared_ptr<ec::event_store>;

private:
  void drop() const;

  std::string url_;
  std::string name_;
};

/// The time of each transaction of bare inserts, in seconds. Making the rows and their binary form is not counted.
auto time_raw(const scratch_schema& where, const shape& of, const until& end)
  -> std::vector<double>;

/// The same of one-row transactions as a plain program of SOCI writes them: BEGIN, INSERT, COMMIT, each a round trip.
auto time_plain(const scratch_schema& where, const until& end) -> std::vector<double>;

/// What figures on a server depend on.
struct server_facts {
  std::string text{};                   ///< its version, and how durable a commit is
  std::chrono::microseconds commit{};   ///< of one row, the median
  std::chrono::microseconds for_disk{}; ///< the part of it that waits for the disk
};

auto facts_of_server(const scratch_schema& where) -> server_facts;

} // namespace bench
