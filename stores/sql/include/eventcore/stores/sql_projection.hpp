#pragma once

#include "eventcore/applier.hpp"
#include "eventcore/partitions.hpp"
#include "eventcore/stores/detail/sql_model.hpp"
#include "eventcore/stores/sql_rows.hpp"

#include <memory>

namespace eventcore {

namespace detail {

auto make_sql_applier(const sql_projection_type& type, std::shared_ptr<const sql_model> prototype,
                      partitions split) -> std::shared_ptr<applier>;

} // namespace detail

/// A projection whose read model is tables in the store's own database. Its transaction moves its
/// checkpoint, too, so each event is applied exactly once, whenever the program or the database is
/// killed. Needs a store that speaks SQL.
///
///     struct balances {
///       static constexpr std::string_view name = "balances";
///       using streams = ec::kinds<account>;
///       static constexpr std::array<std::string_view, 1> tables{"balances"};
///
///       void create(ec::sql_context& sql) const {
///         sql.run("CREATE TABLE {} (account TEXT PRIMARY KEY, cents BIGINT NOT NULL)",
///                 sql.table("balances"));
///       }
///       void apply(const money_deposited& e, const ec::event_info& about, ec::sql_context& sql);
///     };
///     ec::run(store, ec::sql_projection<balances>());
///
/// An `apply` takes the event, with `const ec::event_info&` or `ec::sql_context&` or both after it,
/// and may return `ec::result<>`. With `void write(ec::sql_context&)`, which is called once after
/// all events of a transaction, it may gather in its members what it writes then.
///
/// The object is a value of one transaction: `prototype` is copied for each, so what was gathered
/// never outlives the transaction that it was for. Where no `apply` takes the transaction, a copy may
/// gather its events on another thread, while the transaction before is under way
/// (`projection_options::read_ahead`): it does not see what that one writes. Events may be applied
/// again, or for nothing, as when a transaction is undone; so may whatever is done beside the database.
///
/// Other programs query a table by its plain name, which is a view of the one that serves; see
/// `sql_context::table` for how the projection names it. A rebuild fills new tables beside those that
/// serve, and swaps. When a database cannot tell which event a failure is of (a failing `write`), the
/// batch is halved until one event is to blame.
///
/// With several partitions as many workers share the events, each with a thread and transactions of
/// its own, so that they may write different rows at the same time: those of one key, which is what
/// `static auto partition_by(const ec::event_info&)` gives or else the stream, are applied by one
/// worker, in order. The checkpoint says what all have done.
///
/// A SQL projection of a wrong shape does not compile and says why.
template <class Projection>
auto sql_projection(const Projection& prototype = {}, partitions split = {})
  -> std::shared_ptr<applier> {
  return detail::make_sql_applier(
    detail::sql_projection_type_of<Projection>,
    std::make_shared<const detail::sql_model_of<Projection>>(prototype), split);
}

} // namespace eventcore
