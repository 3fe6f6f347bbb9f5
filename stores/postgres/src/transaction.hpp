#pragma once

#include "statements.hpp"
#include "trip.hpp"

namespace eventcore::postgres {

/// A transaction of several round trips, for what takes its time: it has no limit of its own. One
/// that goes without being committed is rolled back. Throws `database_error`.
class transaction {
public:
  /// Begins one that writes.
  explicit transaction(connection& on);
  transaction(const transaction&) = delete;
  auto operator=(const transaction&) -> transaction& = delete;
  ~transaction();

  /// Lets the planner choose scans and joins: what is true of a few rows is not of many.
  void allow_scans();

  /// The answer to one statement, in a round trip of its own.
  auto ask(const statement& what, const parameters& with = {}) -> rows;

  /// Throws `database_error` when certainly nothing was written, and `outcome_unknown` when that is
  /// not known.
  void commit();

private:
  connection& on_;
};

/// Commits the open transaction. Throws like `transaction::commit`.
void commit_open(connection& on);

/// Throws unless `answer`, to a COMMIT, says that it was committed, and without a warning.
void check_committed(connection& on, const rows& answer);

/// Reads as well as writes may take the planner's way until the transaction ends, for as long as it
/// takes.
extern const statement allow_scans;

} // namespace eventcore::postgres
