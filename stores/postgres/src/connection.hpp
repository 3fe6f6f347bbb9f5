#pragma once

#include "errors.hpp"
#include "libpq.hpp"
#include "rows.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace eventcore::postgres {

/// One session on the server: a session of SOCI, set up for the store. What SOCI has no words for
/// (pipelines, binary rows, notices, command tags, notifications) is done by libpq on SOCI's own
/// connection. For one thread at a time. Throws.
class connection {
public:
  /// Connects. Throws `soci::soci_error`.
  explicit connection(const std::string& conninfo);
  connection(const connection&) = delete;
  auto operator=(const connection&) -> connection& = delete;

  auto handle() const -> PGconn* { return handle_; }

  /// For SQL that is not the store's. Whoever has it may end the session, see `is_replaced`.
  auto session() -> soci::session& { return session_; }

  /// Whether whoever had the session closed it or opened it again: then nothing but the end of this
  /// object is left to do.
  auto is_replaced() -> bool;

  /// Runs SQL of one or several statements; gives the rows of the last, as text.
  auto run(const std::string& sql) -> rows;

  /// Whether a transaction is open, failed or not.
  auto in_transaction() const -> bool { return PQtransactionStatus(handle_) != PQTRANS_IDLE; }

  /// Whether the open transaction can only be rolled back.
  auto has_failed_transaction() const -> bool {
    return PQtransactionStatus(handle_) == PQTRANS_INERROR;
  }

  /// Whether the connection is known to be gone.
  auto is_lost() const -> bool { return lost_ || PQstatus(handle_) != CONNECTION_OK; }

  /// Uses it no more: nobody knows what state it is in.
  void abandon() { lost_ = true; }

  /// Looks whether an idle connection is still there. Costs a system call.
  auto is_alive() const -> bool;

  /// The error that stands for the end of the connection.
  auto lost() -> database_error;

  /// The next result of what was sent, or null at the end of one statement's.
  auto next_result() -> libpq_ptr<PGresult> { return libpq_ptr<PGresult>{PQgetResult(handle_)}; }

  /// Waits until all that was sent has left this program. What comes meanwhile is taken in, since
  /// the server sends nothing more, and in the end reads nothing more, while nobody listens.
  void flush();

  /// The last warning of the server itself since this was asked; empty when there was none.
  auto take_warning() -> std::string { return std::exchange(warning_, {}); }

  /// The names of the statements that the server has prepared.
  auto prepared() -> std::set<std::string, std::less<>>& { return prepared_; }

private:
  static void take_notice(void* self, const PGresult* notice);

  soci::session session_;
  PGconn* handle_;
  bool lost_ = false;
  std::string warning_;
  std::set<std::string, std::less<>> prepared_;
};

} // namespace eventcore::postgres
