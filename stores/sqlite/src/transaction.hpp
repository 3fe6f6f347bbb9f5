#pragma once

#include "connection.hpp"

namespace eventcore::sqlite {

/// A transaction that holds the write lock of the file from its beginning (BEGIN IMMEDIATE).
/// Rolled back when it goes without a commit.
class write_transaction {
public:
  explicit write_transaction(connection& on) : on_{on} { on_.begin_immediate(); }
  write_transaction(const write_transaction&) = delete;
  auto operator=(const write_transaction&) -> write_transaction& = delete;
  ~write_transaction() { end(on_); }

  void commit() { on_.commit(); }

  /// Ends a transaction that is still open without keeping what it did.
  static void end(connection& on) noexcept {
    try {
      if (on.in_transaction())
        on.roll_back();
    } catch (const soci::soci_error&) { // the owner of the connection sees the transaction open
    }
  }

private:
  connection& on_;
};

/// A transaction in which all queries see one snapshot of the file.
class read_transaction {
public:
  explicit read_transaction(connection& on) : on_{on} { on_.begin(); }
  read_transaction(const read_transaction&) = delete;
  auto operator=(const read_transaction&) -> read_transaction& = delete;
  ~read_transaction() { write_transaction::end(on_); }

private:
  connection& on_;
};

} // namespace eventcore::sqlite
