#pragma once

#include "statements.hpp"
#include "trip.hpp"

#include <string_view>

namespace eventcore::postgres {

/// A transaction that goes to the server as a whole, in one round trip.
class record_trip {
public:
  explicit record_trip(connection& on);

  void add(const statement& what, const parameters& with);

  /// The answer to the last statement, once it is committed. Throws `database_error` when certainly
  /// nothing was written, and `outcome_unknown` when that is not known.
  auto commit() -> rows;

private:
  connection& on_;
  trip sending_;
  int count_ = 0;
};

/// The answer to a statement that is a transaction of its own.
auto run_alone(connection& on, const statement& what, const parameters& with) -> rows;

/// Whether an error in answer to a COMMIT says for certain that nothing was written: it never came to
/// it, or what the server does last before it (deferred constraints and triggers) failed.
auto is_certain_at_commit(const database_error& error) -> bool;

/// Throws `outcome_unknown`, because of `words`.
[[noreturn]] void raise_unknown(std::string_view words);

} // namespace eventcore::postgres
