#pragma once

#include "address.hpp"
#include "connection.hpp"

#include "eventcore/checkpoint.hpp"

namespace eventcore::postgres {

/// Lets `work` do its own in the open transaction of `on`. Gives its failure, or `handler_failed`
/// when it threw, or its statement was at fault, or the transaction is not open and whole
/// afterwards. Throws `database_error` when the database is in trouble, and when it asks for the
/// whole to be done again (class 40). Whatever came of it, the transaction is still open, or the
/// connection is not to be used any more.
auto run_work(connection& on, const address& where, const transaction_work& work) -> result<>;

/// The failure of work that ended its transaction.
auto ended_by_work() -> failure;

/// The failure of work whose statement the server refused with `error`.
auto refused_work(const address& where, const database_error& error) -> failure;

} // namespace eventcore::postgres
