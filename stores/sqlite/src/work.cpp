#include "work.hpp"

#include "errors.hpp"
#include "query.hpp"

#include "eventcore/stores/sql_transaction.hpp"

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

/// While it lives, nothing is committed on its connection: what tries to is rolled back. That holds
/// also for statements after the end of a transaction, each of which commits by itself.
class commit_ban {
public:
  explicit commit_ban(connection& on) : on_{on} {
    api::sqlite3_commit_hook(on_.handle(), &refuse, this);
    api::sqlite3_rollback_hook(on_.handle(), &note, this);
  }
  commit_ban(const commit_ban&) = delete;
  auto operator=(const commit_ban&) -> commit_ban& = delete;
  ~commit_ban() {
    api::sqlite3_commit_hook(on_.handle(), nullptr, nullptr);
    api::sqlite3_rollback_hook(on_.handle(), nullptr, nullptr);
  }

  /// Whether the transaction that was open at first has ended.
  auto has_ended() const -> bool { return ended_ || !on_.in_transaction(); }

private:
  static auto refuse(void* self) -> int {
    static_cast<commit_ban*>(self)->ended_ = true;
    return 1;
  }
  static void note(void* self) { static_cast<commit_ban*>(self)->ended_ = true; }

  connection& on_;
  bool ended_ = false;
};

// A half-read statement would keep the connection at its old snapshot.
class statements_reset {
public:
  explicit statements_reset(connection& on) : on_{on} {}
  statements_reset(const statements_reset&) = delete;
  auto operator=(const statements_reset&) -> statements_reset& = delete;
  ~statements_reset() {
    auto* each = api::sqlite3_next_stmt(on_.handle(), nullptr);
    for (; each; each = api::sqlite3_next_stmt(on_.handle(), each))
      if (api::sqlite3_stmt_busy(each) != 0)
        api::sqlite3_reset(each);
  }

private:
  connection& on_;
};

// Whether it is the database that cannot go on, not the statement that is wrong.
auto is_trouble(const connection& on, int code) -> bool {
  switch (primary_code(code)) {
  case SQLITE_BUSY:
  case SQLITE_CANTOPEN:
  case SQLITE_CORRUPT:
  case SQLITE_FULL:
  case SQLITE_IOERR:
  case SQLITE_NOMEM:
  case SQLITE_NOTADB:
  case SQLITE_PROTOCOL:
    return true;
  case SQLITE_READONLY: // to a reader it says that it must not write
    return api::sqlite3_db_readonly(on.handle(), "main") == 0;
  default:
    return false;
  }
}

auto ended() -> std::unexpected<failure> {
  return fail(
    errc::handler_failed,
    "the work ended the transaction that it was given, or kept a failure of the database "
    "to itself that ended it; nothing was written, leave COMMIT and ROLLBACK to the store "
    "and pass failures on");
}

// What became of the work, whose exceptions are failures of it.
auto outcome_of(const transaction_work& work, connection& on) -> result<> {
  sql_transaction given{on.session(), sql_dialect::sqlite};
  try {
    return work(given);
  } catch (const database_error& error) {
    if (is_trouble(on, error.result()))
      throw;
    return fail(errc::handler_failed,
                fmt::format("a statement of the work failed: {}", words_of(error)));
  } catch (const std::exception& error) {
    return fail(errc::handler_failed, fmt::format("the work threw: {}", error.what()));
  } catch (...) {
    return fail(errc::handler_failed, "the work threw something that is no std::exception");
  }
}

} // namespace

auto do_work(connection& on, const transaction_work& work) -> result<> {
  const commit_ban ban{on};
  const statements_reset reset{on};
  auto outcome = outcome_of(work, on);
  if (ban.has_ended() && (outcome || outcome.error().code == errc::handler_failed))
    return ended();
  return outcome;
}

auto has_strange_tables(connection& on) -> bool {
  query databases{on, "PRAGMA database_list"};
  auto rows = databases.run();
  return rows.next() && rows.next(); // the first is the file
}

} // namespace eventcore::sqlite
