#include "eventcore/stores/sql_transaction.hpp"

namespace eventcore {

auto sql_transaction::of(transaction& given) -> result<sql_transaction*> {
  if (auto* ours = dynamic_cast<sql_transaction*>(&given))
    return ours;
  return fail(errc::invalid_argument,
              "the store's transactions know no SQL; use a store in SQLite or PostgreSQL");
}

} // namespace eventcore
