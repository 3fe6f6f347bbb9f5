#include "records.hpp"

#include "statements.hpp"
#include "trip.hpp"

#include "eventcore/ids.hpp"

#include <bit>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// Moves the row only where the log holds the commit and the position is not behind: R17's
// compare-and-set. Says whether the log holds it, whether the row was moved, and where it was.
const statement move_checkpoint{
  "move_checkpoint",
  "WITH log AS (SELECT CASE WHEN $2::int8 = 0 THEN $3::uuid = "
  "'00000000-0000-0000-0000-000000000000' ELSE EXISTS (SELECT FROM events WHERE position = "
  "$2::int8 AND commit_id = $3::uuid) END AS holds), moved AS (INSERT INTO checkpoints AS c (name, "
  "position, commit_id) SELECT $1::text, $2::int8, $3::uuid FROM log WHERE holds ON CONFLICT "
  "(name) "
  "DO UPDATE SET position = excluded.position, commit_id = excluded.commit_id WHERE c.position <= "
  "excluded.position RETURNING c.name) SELECT log.holds, EXISTS (SELECT FROM moved), (SELECT "
  "position FROM checkpoints WHERE name = $1::text) FROM log"};

const statement forget_checkpoint{"forget_checkpoint",
                                  "DELETE FROM checkpoints WHERE name = $1::text"};

const statement keep_snapshot{
  "keep_snapshot",
  "INSERT INTO snapshots AS n (stream, view, fold, version, commit_id, payload) SELECT s.key, "
  "$2::text, $3::text, e.version, e.commit_id, $6::bytea FROM streams s JOIN events e ON e.stream "
  "= "
  "s.key AND e.version = $4::int8 AND e.commit_id = $5::uuid WHERE s.id = $1::text ON CONFLICT "
  "(stream, view) DO UPDATE SET fold = excluded.fold, version = excluded.version, commit_id = "
  "excluded.commit_id, payload = excluded.payload WHERE n.version <= excluded.version RETURNING "
  "n.version"};

// R17. Times are asked for once the row is locked: a clock that was read before a wait is late. Of a
// row that is there, ON CONFLICT evaluates everything after the lock.
const statement take_lease{
  "take_lease",
  "INSERT INTO leases AS l (name, epoch, nonce, ends_at) VALUES ($1::text, 1, $2::int8, "
  "coalesce($3::timestamptz, clock_timestamp()) + $4::int8 * interval '1 millisecond') ON CONFLICT "
  "(name) DO UPDATE SET epoch = l.epoch + 1, nonce = excluded.nonce, ends_at = "
  "coalesce($3::timestamptz, clock_timestamp()) + $4::int8 * interval '1 millisecond' WHERE "
  "l.ends_at IS NULL OR l.ends_at <= coalesce($3::timestamptz, clock_timestamp()) RETURNING "
  "l.epoch"};

// An UPDATE whose row was only locked, not changed, compares before it waits. So the row is locked
// by a statement of its own.
const statement lock_lease{"lock_lease", "SELECT FROM leases WHERE name = $1::text FOR UPDATE"};

const statement prolong_lease{
  "prolong_lease",
  "UPDATE leases SET ends_at = coalesce($4::timestamptz, clock_timestamp()) + $5::int8 * interval "
  "'1 millisecond' WHERE name = $1::text AND epoch = $2::int8 AND nonce = $3::int8 AND ends_at > "
  "coalesce($4::timestamptz, clock_timestamp()) RETURNING epoch"};

const statement end_lease{
  "end_lease",
  "UPDATE leases SET ends_at = NULL WHERE name = $1::text AND epoch = $2::int8 AND nonce = "
  "$3::int8"};

// PostgreSQL's integers are signed; a nonce is 64 bits of anything.
auto as_signed(std::uint64_t bits) -> std::int64_t { return std::bit_cast<std::int64_t>(bits); }

void add_time(parameters& to, std::optional<timestamp> now) {
  if (now)
    to.time(*now);
  else
    to.null();
}

/// A transaction that goes to the server as a whole.
class record_trip {
public:
  explicit record_trip(connection& on) : on_{on}, sending_{on} { sending_.add(begin_writing); }

  void add(const statement& what, const parameters& with) {
    sending_.add(what, with);
    ++count_;
  }

  /// The answer to the last statement, once it is committed.
  auto commit() -> rows {
    on_.take_warning();
    bool committing = false;
    try {
      sending_.add(postgres::commit);
      sending_.send();
      for (int i = 0; i < count_; ++i) // the beginning, and all but the last
        sending_.answer();
      auto last = sending_.answer();
      committing = true;
      const auto answer = sending_.answer();
      const auto warning = on_.take_warning();
      if (!is_committed(answer) || !warning.empty())
        raise_unknown(warning.empty() ? "it was rolled back" : warning);
      return last;
    } catch (const database_error& error) {
      if (error.is_refusal() && (!committing || error.is_in_class("40")))
        throw;
      raise_unknown(error.words());
    }
  }

private:
  [[noreturn]] static void raise_unknown(std::string_view words) {
    raise(errc::outcome_unknown,
          fmt::format("the database did not confirm what was written to it ({}): it may or may not "
                      "be there; read it, or do the same again",
                      words));
  }

  connection& on_;
  trip sending_;
  int count_ = 0;
};

auto run_alone(connection& on, const statement& what, const parameters& with) -> rows {
  record_trip sending{on};
  sending.add(what, with);
  return sending.commit();
}

} // namespace

auto rewound(std::string_view name, const checkpoint& at) -> failure {
  return {errc::log_rewound,
          fmt::format("checkpoint '{}' stands at position {}, but the log does not hold commit {} "
                      "there: it was replaced by another or an older one; rebuild what was read",
                      name, at.position.value, at.commit.text())};
}

auto save_checkpoint(connection& on, std::string_view name, const checkpoint& reached) -> result<> {
  const auto answer =
    run_alone(on, move_checkpoint,
              parameters{}.text(name).position(reached.position.value).id(reached.commit.bytes));
  if (!answer.truth(0, 0))
    return std::unexpected{rewound(name, reached)};
  if (!answer.truth(0, 1))
    return fail(errc::invalid_argument,
                fmt::format("checkpoint '{}' stands at position {} and never moves back, {} was "
                            "asked for; reset it to read again from the start",
                            name, answer.is_null(0, 2) ? 0 : answer.number(0, 2),
                            reached.position.value));
  return {};
}

auto reset_checkpoint(connection& on, std::string_view name) -> result<> {
  run_alone(on, forget_checkpoint, parameters{}.text(name));
  return {};
}

auto save_snapshot(connection& on, const snapshot& state) -> result<bool> {
  const auto kept = run_alone(on, keep_snapshot,
                              parameters{}
                                .text(state.stream.text())
                                .text(state.view)
                                .text(state.fold)
                                .position(state.head.version.value)
                                .id(state.head.commit.bytes)
                                .bytes(state.payload));
  return !kept.is_empty();
}

auto acquire_lease(connection& on, std::string_view name, std::chrono::milliseconds term,
                   std::optional<timestamp> now) -> result<std::optional<lease_token>> {
  const auto nonce = random_bits();
  parameters values;
  values.text(name).number(as_signed(nonce));
  add_time(values, now);
  values.number(term.count());
  const auto taken = run_alone(on, take_lease, values);
  if (taken.is_empty())
    return std::nullopt;
  return lease_token{.epoch = taken.unsigned_number(0, 0), .nonce = nonce};
}

auto renew_lease(connection& on, std::string_view name, const lease_token& token,
                 std::chrono::milliseconds term, std::optional<timestamp> now) -> result<> {
  parameters values;
  values.text(name).number(as_signed(token.epoch)).number(as_signed(token.nonce));
  add_time(values, now);
  values.number(term.count());
  record_trip sending{on};
  sending.add(lock_lease, parameters{}.text(name));
  sending.add(prolong_lease, values);
  if (sending.commit().is_empty())
    return fail(errc::lease_lost,
                fmt::format("lease '{}' is not held under epoch {}, or its term is over; stop what "
                            "it protects and acquire it again",
                            name, token.epoch));
  return {};
}

auto release_lease(connection& on, std::string_view name, const lease_token& token) -> result<> {
  run_alone(on, end_lease,
            parameters{}.text(name).number(as_signed(token.epoch)).number(as_signed(token.nonce)));
  return {};
}

} // namespace eventcore::postgres
