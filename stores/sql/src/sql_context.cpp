#include "eventcore/stores/sql_context.hpp"

#include <algorithm>
#include <stdexcept>

#include <soci/soci.h>

namespace eventcore {

namespace {

// Whether something follows a statement's end. SOCI on SQLite would leave it out without a word.
auto has_second_statement(std::string_view sql) -> bool {
  char quote = 0;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    if (quote != 0)
      quote = c == quote ? char{0} : quote;
    else if (c == '\'' || c == '"')
      quote = c;
    else if (c == ';')
      return sql.find_first_not_of(" \t\r\n;", i) != std::string_view::npos;
  }
  return false;
}

} // namespace

auto sql_context::table(std::string_view name) const -> std::string {
  if (of_.names.empty() && is_table_name(name))
    return fmt::format("\"{}\"", name);
  if (of_.names.empty())
    throw std::invalid_argument{
      fmt::format("'{}' cannot be the name of a table of a SQL projection", name)};
  if (std::ranges::find(of_.names, name) == of_.names.end())
    throw std::invalid_argument{
      fmt::format("projection '{}' has no table '{}'; it lists: {}; add it to `tables`",
                  of_.projection, name, fmt::join(of_.names, ", "))};
  return fmt::format("{}_g{}", name, of_.generation);
}

void sql_context::run_text(const std::string& sql) {
  if (has_second_statement(sql))
    throw std::invalid_argument{
      fmt::format("run() takes one statement at a time, call it for each: {}", sql)};
  session() << sql;
}

void sql_context::note_exception() {
  try {
    throw;
  } catch (const soci::soci_error&) {
    thrown_ = std::current_exception();
  } catch (...) {
    // It is told as what apply() threw.
  }
}

} // namespace eventcore
