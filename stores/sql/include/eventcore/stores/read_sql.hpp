#pragma once

#include "eventcore/event_store.hpp"
#include "eventcore/stores/sql_context.hpp"

#include <optional>
#include <type_traits>
#include <utility>

namespace eventcore {

/// What `read` gives for a `sql_context&`, an `ec::result`, in a transaction that sees one state of the
/// store's database and writes nothing:
///
///     ec::read_sql(store, [](ec::sql_context& sql) -> ec::result<std::int64_t> {
///       std::int64_t cents = 0;
///       sql.session() << "SELECT sum(cents) FROM " + sql.table("balances"), soci::into(cents);
///       return cents;
///     });
///
/// `read` may be called again when the database asks for that. Fails like `event_store::inspect`.
template <class Read>
[[nodiscard]] auto read_sql(event_store& store, Read&& read)
  -> std::invoke_result_t<Read&, sql_context&> {
  std::optional<std::invoke_result_t<Read&, sql_context&>> answer;
  const auto looked = store.inspect([&](transaction& within) -> result<> {
    const auto ours = sql_transaction::of(within);
    if (!ours)
      return std::unexpected{ours.error()};
    sql_context sql{**ours};
    answer.emplace(read(sql));
    if (!*answer)
      return std::unexpected{answer->error()};
    return {};
  });
  if (!looked)
    return std::unexpected{looked.error()};
  return std::move(*answer);
}

} // namespace eventcore
