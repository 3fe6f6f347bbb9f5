#include "eventcore/stores/sql_rows.hpp"

#include <cmath>
#include <iterator>
#include <stdexcept>

#include <soci/soci.h>

namespace eventcore::detail {

namespace {

using type = sql_column::type;

auto name_of(std::size_t column) -> std::string { return fmt::format("ec_column_{}", column); }

void append_text(std::string& to, std::string_view text) {
  to += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\')
      to += '\\';
    to += c;
  }
  to += '"';
}

void append_value(std::string& to, const sql_column& column, std::size_t row) {
  if (column.nulls[row])
    to += "NULL";
  else if (column.holds == type::text)
    append_text(to, column.texts[row]);
  else if (column.holds == type::real && !std::isfinite(column.reals[row]))
    to += std::isnan(column.reals[row]) ? "NaN" : column.reals[row] < 0 ? "-Infinity" : "Infinity";
  else if (column.holds == type::real)
    fmt::format_to(std::back_inserter(to), "{}", column.reals[row]);
  else
    fmt::format_to(std::back_inserter(to), "{}", column.integers[row]);
}

// A column as PostgreSQL writes an array.
auto array_of(const sql_column& column) -> std::string {
  std::string text = "{";
  for (std::size_t row = 0; row < column.nulls.size(); ++row) {
    if (row > 0)
      text += ',';
    append_value(text, column, row);
  }
  return text += '}';
}

auto type_name(type of) -> std::string_view {
  switch (of) {
  case type::text:
    return "text";
  case type::integer:
    return "bigint";
  case type::real:
    return "double precision";
  case type::truth:
    return "boolean";
  }
  return {};
}

auto put_rows(std::string_view sql, const std::string& rows) -> std::string {
  constexpr std::string_view placeholder = ":rows";
  const auto at = sql.find(placeholder);
  if (at == std::string_view::npos)
    throw std::invalid_argument{
      fmt::format("a statement of sql_rows says with :rows where they stand: {}", sql)};
  return std::string{sql.substr(0, at)}.append(rows).append(sql.substr(at + placeholder.size()));
}

/// One run of a statement whose parameters are many.
class single_run {
public:
  explicit single_run(soci::session& on) : statement_{on} {}

  template <class... Bound>
  void use(Bound&&... bound) {
    statement_.exchange(soci::use(std::forward<Bound>(bound)...));
  }

  void execute(const std::string& sql) {
    statement_.alloc();
    statement_.prepare(sql, soci::details::st_one_time_query);
    statement_.define_and_bind();
    statement_.execute(true);
  }

private:
  soci::statement statement_;
};

void run_with_arrays(soci::session& on, std::string_view sql, std::span<sql_column> columns) {
  std::string rows = "SELECT * FROM unnest(";
  std::vector<std::string> arrays;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    fmt::format_to(std::back_inserter(rows), "{}CAST(:{} AS {}[])", i > 0 ? ", " : "", name_of(i),
                   type_name(columns[i].holds));
    arrays.push_back(array_of(columns[i]));
  }
  single_run run{on};
  for (std::size_t i = 0; i < arrays.size(); ++i)
    run.use(arrays[i], name_of(i));
  run.execute(put_rows(sql, rows + ")"));
}

void run_for_each(soci::session& on, std::string_view sql, std::span<sql_column> columns) {
  std::string rows = "VALUES (";
  std::vector<std::vector<soci::indicator>> nulls;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    fmt::format_to(std::back_inserter(rows), "{}:{}", i > 0 ? ", " : "", name_of(i));
    auto& of_column = nulls.emplace_back();
    for (const bool is_null : columns[i].nulls)
      of_column.push_back(is_null ? soci::i_null : soci::i_ok);
  }
  single_run run{on};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto& column = columns[i];
    if (column.holds == type::text)
      run.use(column.texts, nulls[i], name_of(i));
    else if (column.holds == type::real)
      run.use(column.reals, nulls[i], name_of(i));
    else
      run.use(column.integers, nulls[i], name_of(i));
  }
  run.execute(put_rows(sql, rows + ")"));
}

} // namespace

void run_for_rows(sql_context& on, std::string_view sql, std::span<sql_column> columns) {
  if (on.dialect() == sql_dialect::postgresql)
    run_with_arrays(on.session(), sql, columns);
  else
    run_for_each(on.session(), sql, columns);
}

} // namespace eventcore::detail
