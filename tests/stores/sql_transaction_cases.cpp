#include "stores/sql_transaction_cases.hpp"

#include "eventcore/stores/sql_transaction.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/clock.hpp"
#include "eventcore/testing/ids.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <soci/soci.h>

using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;

namespace {

auto session_of(transaction& given) -> soci::session& {
  return must(sql_transaction::of(given))->session();
}

/// Work that runs one statement after the other.
auto running(std::vector<std::string> statements) -> transaction_work {
  return [statements = std::move(statements)](transaction& given) -> result<> {
    for (const auto& each : statements)
      session_of(given) << each;
    return {};
  };
}

// A log of three events and a table of a read model, which has no rows.
struct sql_log {
  explicit sql_log(contract_backend& database)
      : backend{database}, store{must(database.open({.clock = clock}))} {
    stream_head head;
    for (std::uint64_t i = 1; i <= 3; ++i)
      at.push_back(append(*store, head));
    must(store->transact({}, running({"CREATE TABLE seen (n INTEGER PRIMARY KEY)"})));
  }

  auto append(event_store& to, stream_head& head) -> checkpoint {
    const auto set = write_of(ids, {stream_of("order-1").at(head).event("e")});
    const auto done = must_commit(to, set);
    head = head_after(set, "order-1");
    return {done.first, set.commit};
  }

  auto move(const checkpoint& from, const checkpoint& to, const transaction_work& work,
            std::optional<lease_claim> under = {}) const -> result<> {
    const checkpoint_move one{"mail", from, to, under};
    return store->transact({&one, 1}, work);
  }

  auto stands() const -> checkpoint {
    return must(store->load_checkpoint("mail")).value_or(checkpoint{});
  }

  /// How many rows the read model has.
  auto rows() const -> int {
    int count = -1;
    must(store->inspect([&](transaction& given) -> result<> {
      session_of(given) << "SELECT count(*) FROM seen", soci::into(count);
      return {};
    }));
    return count;
  }

  /// Nothing of a transaction that failed is there, and the store goes on.
  void check_untouched() {
    check_equal(stands(), start, "the checkpoint");
    check_equal(rows(), 0, "the rows");
    check_goes_on();
  }

  void check_goes_on() {
    must_commit(*store, write_of(ids, {stream_of(fmt::format("other-{}", ++others)).event("e")}));
    const checkpoint_move one{"others", start, at[0], {}};
    const checkpoint_move back{"others", at[0], start, {}};
    must(store->transact({&one, 1}, running({"INSERT INTO seen VALUES (1000)"})));
    must(store->transact({&back, 1}, running({"DELETE FROM seen WHERE n = 1000"})));
  }

  contract_backend& backend;
  sequential_ids ids;
  manual_clock clock;
  std::shared_ptr<event_store> store;
  std::vector<checkpoint> at; ///< at[0] is position 1
  const checkpoint start{};
  int others = 0;
};

// -- work that succeeds -------------------------------------------------------

void what_the_work_writes_is_committed_with_the_checkpoint(contract_backend& backend) {
  sql_log log{backend};
  must(log.move(log.start, log.at[0], running({"INSERT INTO seen VALUES (1)"})));
  must(log.move(log.at[0], log.at[2],
                running({"INSERT INTO seen VALUES (2)", "INSERT INTO seen VALUES (3)"})));
  check_equal(log.stands(), log.at[2], "the checkpoint");
  check_equal(log.rows(), 3, "the rows");
  const auto again = must(backend.open({}));
  check_equal(must(again->load_checkpoint("mail")).value_or(log.start), log.at[2],
              "the checkpoint for another program");
}

void work_may_change_tables_between_appends(contract_backend& backend) {
  sql_log log{backend};
  for (int i = 0; i < 3; ++i) {
    must(log.store->transact(
      {}, running({"CREATE TABLE more (a INTEGER)", "CREATE INDEX more_a ON more (a)",
                   "INSERT INTO more VALUES (1)"})));
    log.check_goes_on();
    must(
      log.store->transact({}, running({"ALTER TABLE more RENAME TO other", "DROP TABLE other"})));
    log.check_goes_on();
  }
  check_healthy(*log.store);
}

void work_may_read_through_the_store(contract_backend& backend) {
  sql_log log{backend};
  log_position seen{};
  must(log.move(log.start, log.at[0], [&](transaction& given) -> result<> {
    session_of(given) << "INSERT INTO seen VALUES (1)";
    seen = must(log.store->read(read_log{})).through;
    check_equal(must(log.store->head()).position.value, 3U, "the head");
    check(!must(log.store->load_checkpoint("mail")), "the move is not committed yet");
    return log.store->inspect(running({"SELECT 1"}));
  }));
  check_equal(seen.value, 3U, "what was read");
}

void work_without_moves_is_a_transaction_too(contract_backend& backend) {
  sql_log log{backend};
  must(log.store->transact({}, running({"INSERT INTO seen VALUES (1)"})));
  check_equal(log.rows(), 1, "the rows");
  must_fail(log.store->transact({}, running({"INSERT INTO seen VALUES (2)", "nonsense"})),
            errc::handler_failed);
  check_equal(log.rows(), 1, "the rows");
}

// -- work that is not done, or fails ------------------------------------------

void work_is_not_begun_when_a_move_fails(contract_backend& backend) {
  sql_log log{backend};
  int begun = 0;
  const transaction_work work = [&](transaction&) -> result<> {
    ++begun;
    return {};
  };
  const auto token = must(log.store->acquire_lease("mail", 10s)).value();
  must_fail(log.move(log.at[0], log.at[1], work), errc::version_conflict);
  must_fail(log.move(log.start, {{3}, log.at[0].commit}, work), errc::log_rewound);
  log.clock.advance(10s);
  must_fail(log.move(log.start, log.at[0], work, lease_claim{"mail", token}), errc::lease_lost);
  check_equal(begun, 0, "how often the work was begun");
  log.check_untouched();
}

void a_failure_of_the_work_undoes_all_and_is_handed_on(contract_backend& backend) {
  sql_log log{backend};
  const auto failed = must_fail(log.move(log.start, log.at[0],
                                         [&](transaction& given) -> result<> {
                                           session_of(given) << "INSERT INTO seen VALUES (1)";
                                           return fail(errc::codec_failed, "no field 'total'");
                                         }),
                                errc::codec_failed);
  check_equal(failed.detail, "no field 'total'", "its text");
  log.check_untouched();
}

void an_exception_of_the_work_undoes_all(contract_backend& backend) {
  sql_log log{backend};
  must_fail(log.move(log.start, log.at[0],
                     [&](transaction& given) -> result<> {
                       session_of(given) << "INSERT INTO seen VALUES (1)";
                       throw std::runtime_error{"no such account"};
                     }),
            errc::handler_failed, "threw: no such account");
  log.check_untouched();
  must_fail(log.move(log.start, log.at[0],
                     [&](transaction& given) -> result<> {
                       session_of(given) << "INSERT INTO seen VALUES (1)";
                       throw 7;
                     }),
            errc::handler_failed, "no std::exception");
  log.check_untouched();
}

void a_statement_that_fails_undoes_all_and_is_told(contract_backend& backend) {
  sql_log log{backend};
  const auto refused = [&](const std::string& statement, std::string_view words) {
    must_fail(log.move(log.start, log.at[0], running({"INSERT INTO seen VALUES (1)", statement})),
              errc::handler_failed, words);
    log.check_untouched();
  };
  refused("INSERT INTO seen VALUES (1)", "seen");
  refused("SELECT nothing FROM seen", "nothing");
  refused("INSERT INTO missing VALUES (1)", "missing");
  refused("SELEKT 1", "SELEKT");
}

// A row set is half-read when the work is left.
void work_may_be_left_in_the_middle_of_a_query(contract_backend& backend) {
  sql_log log{backend};
  must(log.store->transact({}, running({"INSERT INTO seen VALUES (1), (2), (3)"})));
  const auto half = [](transaction& given, bool by_exception) {
    const soci::rowset<int> all = session_of(given).prepare << "SELECT n FROM seen ORDER BY n";
    check_equal(*all.begin(), 1, "the first");
    if (by_exception)
      throw std::runtime_error{"enough"};
  };
  for (const bool by_exception : {false, true}) {
    const transaction_work work = [&](transaction& given) -> result<> {
      half(given, by_exception);
      return {};
    };
    const auto written = log.move(log.start, log.start, work);
    const auto looked = log.store->inspect(work);
    check_equal(written.has_value(), !by_exception, "the outcome");
    check_equal(looked.has_value(), !by_exception, "the outcome of a look");
    log.check_goes_on();
    check_equal(log.rows(), 3, "the rows");
  }
}

// Fails when the end of the transaction by the work is taken for a success: the checkpoint and the
// rows would no longer be written together.
void work_that_ends_its_transaction_fails(contract_backend& backend) {
  sql_log log{backend};
  const std::vector<std::string> ways[] = {
    {"COMMIT"},
    {"ROLLBACK"},
    {"COMMIT", "BEGIN"},
    {"ROLLBACK", "BEGIN", "INSERT INTO seen VALUES (2)"},
  };
  for (const auto& way : ways) {
    must_fail(log.move(log.stands(), log.at[1],
                       [&](transaction& given) -> result<> {
                         for (const auto& each : way)
                           try {
                             session_of(given) << each;
                           } catch (const soci::soci_error&) { // kept to itself
                           }
                         return {};
                       }),
              errc::handler_failed, "transaction");
    log.check_goes_on();
  }
}

// -- looking ------------------------------------------------------------------

void looking_writes_nothing(contract_backend& backend) {
  sql_log log{backend};
  for (const auto* statement : {"INSERT INTO seen VALUES (1)", "CREATE TABLE other (a INTEGER)",
                                "DROP TABLE seen", "DELETE FROM checkpoints"}) {
    must_fail(log.store->inspect(running({statement})), errc::handler_failed, "read");
    check_equal(log.rows(), 0, "the rows");
  }
  log.check_untouched();
}

void looking_sees_one_state(contract_backend& backend) {
  sql_log log{backend};
  must(log.store->inspect([&](transaction& given) -> result<> {
    const auto count = [&] {
      int rows = -1;
      session_of(given) << "SELECT count(*) FROM seen", soci::into(rows);
      return rows;
    };
    check_equal(count(), 0, "before");
    must(log.store->transact({}, running({"INSERT INTO seen VALUES (1)"})));
    check_equal(count(), 0, "after another one wrote");
    return {};
  }));
  check_equal(log.rows(), 1, "the next look sees it");
}

void a_look_that_fails_is_told(contract_backend& backend) {
  sql_log log{backend};
  must_fail(log.store->inspect(
              [](transaction&) -> result<> { return fail(errc::not_found, "no such account"); }),
            errc::not_found, "no such account");
  must_fail(log.store->inspect([](transaction&) -> result<> { throw std::runtime_error{"oh"}; }),
            errc::handler_failed, "threw: oh");
  must_fail(log.store->inspect(running({"SELECT nothing FROM seen"})), errc::handler_failed,
            "nothing");
  must_fail(log.store->inspect(running({"ROLLBACK"})), errc::handler_failed, "transaction");
  check_equal(log.rows(), 0, "the next look");
}

// -- at once ------------------------------------------------------------------

// Fails when the checkpoint is looked at and set apart from each other.
void of_many_that_move_a_checkpoint_at_once_one_does(contract_backend& backend) {
  sql_log log{backend};
  must(log.store->transact({}, running({"INSERT INTO seen VALUES (0)"})));
  constexpr int rounds = 40;
  const auto run = [&] {
    const auto store = must(backend.open({}));
    for (int moved = 0; moved < rounds;) {
      const auto stands = must(store->load_checkpoint("mail")).value_or(checkpoint{});
      const auto& next = log.at[stands == log.at[0] ? 1 : 0];
      const checkpoint_move one{"mail", stands, next, {}};
      if (const auto done = store->transact({&one, 1}, running({"UPDATE seen SET n = n + 1"}));
          done)
        ++moved;
      else
        must_fail(done, errc::version_conflict, "mail");
    }
  };
  std::exception_ptr thrown;
  {
    const auto guarded = [&] {
      try {
        run();
      } catch (...) {
        thrown = std::current_exception();
      }
    };
    const std::jthread first{guarded};
    const std::jthread second{guarded};
  }
  if (thrown)
    std::rethrow_exception(thrown);
  int moves = 0;
  must(log.store->inspect([&](transaction& given) -> result<> {
    session_of(given) << "SELECT n FROM seen", soci::into(moves);
    return {};
  }));
  check_equal(moves, 2 * rounds, "how many moved it");
}

#define SQL_CASE(function)                                                                         \
  contract_case { #function, contract_need::same_database, &function }

} // namespace

auto sql_transaction_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    SQL_CASE(what_the_work_writes_is_committed_with_the_checkpoint),
    SQL_CASE(work_may_change_tables_between_appends),
    SQL_CASE(work_may_read_through_the_store),
    SQL_CASE(work_without_moves_is_a_transaction_too),
    SQL_CASE(work_is_not_begun_when_a_move_fails),
    SQL_CASE(a_failure_of_the_work_undoes_all_and_is_handed_on),
    SQL_CASE(an_exception_of_the_work_undoes_all),
    SQL_CASE(a_statement_that_fails_undoes_all_and_is_told),
    SQL_CASE(work_may_be_left_in_the_middle_of_a_query),
    SQL_CASE(work_that_ends_its_transaction_fails),
    SQL_CASE(looking_writes_nothing),
    SQL_CASE(looking_sees_one_state),
    SQL_CASE(a_look_that_fails_is_told),
    SQL_CASE(of_many_that_move_a_checkpoint_at_once_one_does),
  };
  return cases;
}
