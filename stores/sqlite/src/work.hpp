#pragma once

#include "connection.hpp"

#include "eventcore/checkpoint.hpp"

namespace eventcore::sqlite {

/// Hands the open transaction of `on` to `work`, which cannot commit any of it: a COMMIT by the work
/// rolls back. Fails with `handler_failed` when the work throws, a statement of it fails or it ended
/// the transaction; throws `database_error` when the database itself is in trouble. No statement
/// is left half-read.
auto do_work(connection& on, const transaction_work& work) -> result<>;

/// Whether there are temporary tables or attached databases, whose tables may hide ours.
auto has_strange_tables(connection& on) -> bool;

} // namespace eventcore::sqlite
