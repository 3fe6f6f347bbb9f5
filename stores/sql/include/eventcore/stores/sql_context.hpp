#pragma once

#include "eventcore/stores/sql_transaction.hpp"

#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

/// The tables of a SQL read model as one transaction has them.
struct sql_tables {
  std::string_view projection{};
  std::span<const std::string_view> names{};
  std::uint64_t generation = 0; ///< counted from 1
};

/// What SQL of a user's own is given: a transaction of the store, and the names of tables in it. A
/// SQL projection writes through it, `read_sql` reads. It is lent like its session.
class sql_context {
public:
  /// For readers: all read models by the names that programs know them by.
  explicit sql_context(const sql_transaction& within) : within_{within} {}

  /// For a projection: only tables of its own.
  sql_context(const sql_transaction& within, const sql_tables& of) : within_{within}, of_{of} {}

  sql_context(const sql_context&) = delete;
  auto operator=(const sql_context&) -> sql_context& = delete;

  auto session() const -> soci::session& { return within_.session(); }
  auto dialect() const -> sql_dialect { return within_.dialect(); }

  /// How SQL names a table now. In a projection: the table of the read model that this transaction
  /// fills, such as `balances_g3`, which indexes may be named after; throws `std::invalid_argument`
  /// for one that the projection does not list. For readers: the view of that name, in quotes.
  auto table(std::string_view name) const -> std::string;

  /// Runs one statement without parameters. The arguments are put in as they are: they are for the
  /// names of tables; bind values through `session()`, or with `sql_rows`. Throws
  /// `soci::soci_error`, and `std::invalid_argument` when there are several statements.
  template <class... Arguments>
  void run(fmt::format_string<Arguments...> sql, Arguments&&... arguments) {
    run_text(fmt::format(sql, std::forward<Arguments>(arguments)...));
  }

  // -- for the library ---------------------------------------------------------

  /// Remembers the exception in flight when the database threw it, which the store must see.
  void note_exception();
  auto database_exception() const -> const std::exception_ptr& { return thrown_; }

private:
  void run_text(const std::string& sql);

  const sql_transaction& within_;
  const sql_tables of_{};
  std::exception_ptr thrown_;
};

/// Whether `name` may name a table of a SQL projection: `[a-z_][a-z0-9_]*`, 40 characters at most.
constexpr auto is_table_name(std::string_view name) -> bool {
  constexpr std::size_t longest = 40; // PostgreSQL cuts names after 63
  if (name.empty() || name.size() > longest || ('0' <= name.front() && name.front() <= '9'))
    return false;
  for (const char c : name)
    if (!(('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '_'))
      return false;
  return true;
}

} // namespace eventcore
