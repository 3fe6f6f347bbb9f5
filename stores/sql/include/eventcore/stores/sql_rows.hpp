#pragma once

#include "eventcore/stores/sql_context.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace eventcore {

namespace detail {

/// Values of one column. Which of the vectors holds them follows from the type.
struct sql_column {
  enum class type : std::uint8_t { text = 1, integer = 2, real = 3, truth = 4 };

  type holds = type::text;
  std::vector<std::string> texts{};
  std::vector<long long> integers{}; ///< of `truth`, too
  std::vector<double> reals{};
  std::vector<bool> nulls{};
};

template <class T>
struct sql_value {
  static constexpr bool is_known = std::integral<T>;
  static constexpr auto type =
    std::is_same_v<T, bool> ? sql_column::type::truth : sql_column::type::integer;
  static void add(sql_column& to, T value) { to.integers.push_back(static_cast<long long>(value)); }
};

template <std::floating_point T>
struct sql_value<T> {
  static constexpr bool is_known = true;
  static constexpr auto type = sql_column::type::real;
  static void add(sql_column& to, T value) { to.reals.push_back(static_cast<double>(value)); }
};

template <std::convertible_to<std::string_view> T>
struct sql_value<T> {
  static constexpr bool is_known = true;
  static constexpr auto type = sql_column::type::text;
  static void add(sql_column& to, std::string_view value) { to.texts.emplace_back(value); }
};

template <class T>
struct sql_value<std::optional<T>> : sql_value<T> {};

template <class T>
void add_sql_value(sql_column& to, const T& value) {
  to.nulls.push_back(false);
  sql_value<T>::add(to, value);
}

template <class T>
void add_sql_value(sql_column& to, const std::optional<T>& value) {
  to.nulls.push_back(!value);
  sql_value<T>::add(to, value.value_or(T{}));
}

/// Runs `sql` for the rows of these columns, see `sql_rows::run`.
void run_for_rows(sql_context& on, std::string_view sql, std::span<sql_column> columns);

} // namespace detail

/// Rows that are put into a table at once: on PostgreSQL by one statement, whose rows are arrays, so
/// that a thousand rows cost one round trip; on SQLite by a statement for each 50 of them, or fewer
/// where rows are wide, which is prepared once. Each column has a type: text, a number, `bool`, or
/// an `std::optional` of one for NULL.
///
///     ec::sql_rows<std::string, std::int64_t> rows;
///     for (const auto& [account, cents] : moved)
///       rows.add(account, cents);
///     rows.run(sql, "INSERT INTO {0} (account, cents) :rows "
///                   "ON CONFLICT (account) DO UPDATE SET cents = {0}.cents + excluded.cents",
///              sql.table("balances"));
template <class... Columns>
class sql_rows {
  static_assert(
    sizeof...(Columns) > 0 && (detail::sql_value<Columns>::is_known && ...),
    "eventcore: a column of sql_rows is a text, a number, a bool, or a std::optional of "
    "one of these");

public:
  void add(const Columns&... values) {
    std::apply([&](auto&... columns) { (detail::add_sql_value(columns, values), ...); }, columns_);
    ++size_;
  }

  auto size() const -> std::size_t { return size_; }

  /// Runs one statement for all rows, in which `:rows` stands for them after `INSERT INTO t (...)`,
  /// or in `IN (:rows)`. The arguments are put in as they are, see `sql_context::run`. Nothing is done
  /// when there are no rows. With ON CONFLICT, which two rows of one key meet, PostgreSQL
  /// refuses the statement: gather what belongs to one key in one row. SQLite runs the statement again
  /// for the next rows, so write none that must see all at once, such as `NOT IN (:rows)`. Throws
  /// `soci::soci_error`.
  template <class... Arguments>
  void run(sql_context& on, fmt::format_string<Arguments...> sql, Arguments&&... arguments) {
    if (size_ > 0)
      detail::run_for_rows(on, fmt::format(sql, std::forward<Arguments>(arguments)...), columns_);
  }

private:
  std::array<detail::sql_column, sizeof...(Columns)> columns_{
    detail::sql_column{.holds = detail::sql_value<Columns>::type}...};
  std::size_t size_ = 0;
};

} // namespace eventcore
