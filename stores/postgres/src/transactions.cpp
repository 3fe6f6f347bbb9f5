#include "transactions.hpp"

#include "checkpoint_moves.hpp"
#include "record_trip.hpp"
#include "statements.hpp"
#include "transaction.hpp"
#include "work.hpp"

#include <string>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// The way out of the transaction leads over this savepoint: work that ended the transaction, and even
// began another, is found out by its absence.
const statement begin_work{"begin_work", "SAVEPOINT eventcore_work"};
const statement end_work{"end_work", "RELEASE SAVEPOINT eventcore_work"};

// What the store sets for its own few statements would harm those of others. Until the transaction
// ends they have the planner that the server gives everybody.
constexpr std::string_view ease_sql =
  "SELECT set_config('plan_cache_mode', NULL, true), set_config('jit', NULL, true), "
  "set_config('enable_seqscan', NULL, true), set_config('enable_bitmapscan', NULL, true), "
  "set_config('enable_hashjoin', NULL, true), set_config('enable_mergejoin', NULL, true), "
  "set_config('enable_sort', NULL, true)";

const statement ease_reading{"ease_reading", std::string{ease_sql}};

// What writes has no limit; but a program that is suspended within its work keeps the lease and
// everybody who waits for it no longer than this.
const statement ease_writing{
  "ease_writing", fmt::format("{}, set_config('statement_timeout', '0', true), "
                              "set_config('idle_in_transaction_session_timeout', '5s', true)",
                              ease_sql)};

/// Begins, moves the checkpoints and, if there will be work, makes ready for it.
auto begin(connection& on, checkpoint_moves& moves, bool works) -> result<> {
  trip beginning{on};
  beginning.add(begin_writing);
  moves.add_to(beginning);
  if (works) {
    beginning.add(begin_work);
    beginning.add(ease_writing); // last, so that ours are planned as ours
  }
  beginning.send();
  beginning.answer();
  auto moved = moves.judge(beginning);
  for (int i = works ? 2 : 0; i > 0; --i)
    beginning.answer();
  return moved;
}

// What cannot be undone cleanly, such as statements that SOCI prepared and could not remove, goes
// with the connection.
void undo(connection& on) {
  if (on.is_lost() || on.has_failed_transaction())
    return;
  try {
    trip ending{on};
    ending.add(end_work);
    ending.add(begin_work); // was prepared before the work, which may have removed all that was
    ending.add(roll_back);
    ending.send();
    for (int i = 3; i > 0; --i)
      ending.answer();
  } catch (const database_error&) {
    on.abandon();
  }
}

/// Reads the answers that restore the session, once the transaction is over.
void restore(connection& on, trip& ending, int answers) {
  try {
    for (; answers > 0; --answers)
      ending.answer();
  } catch (const database_error&) {
    on.abandon();
  }
}

// There is no such savepoint or no such prepared statement any more: somebody else's transaction.
auto is_without_savepoint(const database_error& error) -> bool {
  return error.is_in_class("3B") || error.is_in_class("25") || error.is_in_class("26");
}

/// Commits what was worked on. The session is restored with the same round trip.
auto commit_work(connection& on, const connector& from) -> result<> {
  on.take_warning();
  trip ending{on};
  ending.add(end_work);
  ending.add(commit);
  const auto restoring = from.add_restoring(ending);
  bool committing = false;
  try {
    ending.send();
    ending.answer();
    committing = true;
    check_committed(on, ending.answer());
  } catch (const database_error& error) {
    if (!committing && error.is_refusal()) {
      on.abandon();
      if (is_without_savepoint(error))
        return std::unexpected{ended_by_work()};
      throw;
    }
    if (!is_certain_at_commit(error))
      raise_unknown(from.where().scrub(error.words()));
    if (error.is_in_class("40") || !error.is_refusal())
      throw;
    return std::unexpected{refused_work(from.where(), error)};
  }
  restore(on, ending, restoring);
  return {};
}

} // namespace

auto transact(connection& on, const connector& from, std::span<const checkpoint_move> moves,
              std::optional<timestamp> now, const transaction_work& work) -> result<> {
  checkpoint_moves to_do{moves, now};
  const auto works = static_cast<bool>(work);
  if (auto begun = begin(on, to_do, works); !begun)
    return std::unexpected{to_do.roll_back(on, std::move(begun.error()))};
  if (!works) {
    commit_open(on);
    return {};
  }
  if (auto done = run_work(on, from.where(), work); !done) {
    undo(on);
    return done;
  }
  return commit_work(on, from);
}

auto inspect(connection& on, const connector& from, const transaction_work& work) -> result<> {
  {
    trip beginning{on};
    beginning.add(begin_reading);
    beginning.add(begin_work);
    beginning.add(ease_reading);
    beginning.send();
    for (int i = 3; i > 0; --i)
      beginning.answer();
  }
  try {
    auto done = run_work(on, from.where(), work);
    undo(on);
    return done;
  } catch (const database_error& error) {
    if (error.state() != "25006") // it tried to write
      throw;
    return std::unexpected{refused_work(from.where(), error)};
  }
}

} // namespace eventcore::postgres
