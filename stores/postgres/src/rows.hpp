#pragma once

#include "binary.hpp"
#include "libpq.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace eventcore::postgres {

/// The answer to a statement, in binary form. Views point into it and stay valid when it is moved.
class rows {
public:
  explicit rows(libpq_ptr<PGresult> result) : result_{std::move(result)} {}

  auto count() const -> int { return PQntuples(result_.get()); }
  auto is_empty() const -> bool { return count() == 0; }

  auto is_null(int row, int column) const -> bool {
    return PQgetisnull(result_.get(), row, column) != 0;
  }

  /// Of a text or a bytea; empty when it is NULL.
  auto bytes(int row, int column) const -> std::string_view {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }

  /// Of a jsonb, without the version that its binary form begins with.
  auto json(int row, int column) const -> std::string_view {
    const auto all = bytes(row, column);
    return all.empty() ? all : all.substr(1);
  }

  // These throw `store_corrupt` when the column holds something else.
  auto number(int row, int column) const -> std::int64_t;
  auto truth(int row, int column) const -> bool;
  auto id(int row, int column) const -> uuid_bytes;
  auto time(int row, int column) const -> timestamp { return time_of(number(row, column)); }

  auto unsigned_number(int row, int column) const -> std::uint64_t {
    return static_cast<std::uint64_t>(number(row, column));
  }

  /// What the statement did, for example `COMMIT`.
  auto tag() const -> std::string_view { return PQcmdStatus(result_.get()); }

  /// How many rows the statement inserted, updated or deleted.
  auto changed() const -> std::uint64_t;

private:
  libpq_ptr<PGresult> result_;
};

} // namespace eventcore::postgres
