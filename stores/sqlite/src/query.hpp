#pragma once

#include "connection.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eventcore::sqlite {

/// A position or version as SQLite's signed integers hold it; the largest stands for all above.
constexpr auto to_sql(std::uint64_t value) -> std::int64_t {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  return value > static_cast<std::uint64_t>(largest) ? largest : static_cast<std::int64_t>(value);
}

/// Bytes that a query is given as a BLOB.
struct blob_view {
  std::span<const std::uint8_t> bytes;
};

inline auto bytes_of(std::string_view text) -> std::span<const std::uint8_t> {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A prepared SELECT, kept open and run many times. Prepared by SOCI, but its rows are taken from
/// SQLite directly: a stream of 1,000 events reads 1.4 times as fast as through SOCI's `into`, which
/// copies every text into a string of its own and knows no column that holds TEXT or BLOB.
/// Throws `database_error`.
class query {
public:
  query(connection& on, const std::string& sql);
  query(const query&) = delete;
  auto operator=(const query&) -> query& = delete;

  /// The rows of one run. The statement is reset when they go, so that no half-read one keeps a
  /// snapshot. Views are valid until the next row.
  class rows {
  public:
    explicit rows(query& of) : of_{of} {}
    rows(const rows&) = delete;
    auto operator=(const rows&) -> rows& = delete;
    ~rows();

    /// Goes to the first or next row; false past the last.
    auto next() -> bool;

    auto is_null(int column) const -> bool;
    auto number(int column) const -> std::int64_t;
    auto bytes(int column) const -> std::string_view; ///< of a TEXT or a BLOB
    auto text(int column) const -> std::string_view;  ///< any value as people read it

  private:
    query& of_;
  };

  /// Runs it with `values` for its parameters ?1, ?2, ...; texts must live as long as the rows.
  template <class... Values>
  [[nodiscard]] auto run(const Values&... values) -> rows {
    int index = 0;
    (bind(++index, values), ...);
    return rows{*this};
  }

  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view text);
  void bind(int index, blob_view value);
  void bind(int index, std::nullptr_t);

private:
  connection& on_;
  soci::statement statement_;
  api::sqlite3_stmt* handle_ = nullptr;
};

} // namespace eventcore::sqlite
