#include "statements.hpp"

namespace eventcore::postgres {

const statement begin_writing{"begin_writing", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"};
const statement begin_reading{"begin_reading", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
const statement commit{"commit", "COMMIT"};
const statement roll_back{"roll_back", "ROLLBACK"};

const statement find_log_head{"find_log_head",
                              "SELECT position, commit_id, recorded_at FROM log_head"};

// R8. The clock is read above the lock: below it, it would stand still while the lock is waited for.
const statement lock_log_head{
  "lock_log_head",
  "WITH head AS MATERIALIZED (SELECT position, commit_id, recorded_at, stream_key, restoring FROM "
  "log_head FOR UPDATE) SELECT position, commit_id, recorded_at, stream_key, clock_timestamp(), "
  "restoring FROM head"};

const statement find_streams{
  "find_streams", "SELECT q.at, s.key, s.version, s.commit_id FROM unnest($1::text[]) WITH "
                  "ORDINALITY AS q(id, at) JOIN streams s ON s.id = q.id"};

auto is_committed(const rows& answer) -> bool { return answer.tag() == "COMMIT"; }

auto log_head_in(const rows& answer) -> log_head {
  if (answer.count() != 1)
    raise(errc::store_corrupt, "log_head has not exactly one row; restore a backup");
  return {{answer.unsigned_number(0, 0)}, {answer.id(0, 1)}, answer.time(0, 2)};
}

auto read_log_head(connection& on) -> log_head {
  trip asking{on};
  asking.add(find_log_head);
  asking.send();
  return log_head_in(asking.answer());
}

} // namespace eventcore::postgres
