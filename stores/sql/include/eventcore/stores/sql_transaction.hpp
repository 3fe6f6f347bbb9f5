#pragma once

#include "eventcore/checkpoint.hpp"

#include <cstdint>

namespace soci {
class session;
}

namespace eventcore {

/// The database that a SQL transaction is one of, where its SQL is its own.
enum class sql_dialect : std::uint8_t { sqlite = 1, postgresql = 2 };

/// A transaction of a store that speaks SQL, with the session of SOCI that it runs in. The session is
/// lent until the work that was given it returns; the work must not end the transaction, nor change
/// settings of the session that outlive it.
class sql_transaction final : public transaction {
public:
  sql_transaction(soci::session& session, sql_dialect dialect)
      : session_{session}, dialect_{dialect} {}

  /// What a store gave as a transaction. Fails with `invalid_argument` when it is none of SQL.
  static auto of(transaction& given) -> result<sql_transaction*>;

  auto session() const -> soci::session& { return session_; }
  auto dialect() const -> sql_dialect { return dialect_; }

private:
  soci::session& session_;
  sql_dialect dialect_;
};

} // namespace eventcore
