#include "schema.hpp"

#include "statements.hpp"
#include "trip.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

enum class content : std::uint8_t { nothing = 1, ours, foreign };

struct found_schema {
  bool exists = false;
  content holds = content::nothing;
  std::int64_t applied = 0; // of ours: the number of the last step
};

const statement look_at_schema{
  "look_at_schema",
  "SELECT count(DISTINCT n.oid), count(c.oid), count(c.oid) FILTER (WHERE c.relkind = 'r' AND "
  "c.relname IN ('log_head', 'migrations')), coalesce(bool_and(has_schema_privilege(n.oid, "
  "'USAGE')), true) FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid WHERE "
  "n.nspname = $1::text"};

const statement find_last_step{"find_last_step", "SELECT coalesce(max(number), 0) FROM migrations"};

// The lock's number is the schema's: programs that make different ones do not wait for each other.
const statement lock_schema{"lock_schema", "SELECT pg_advisory_xact_lock(hashtextextended("
                                           "'eventcore schema ' || $1::text, 0))"};

const statement note_step{"note_step", "INSERT INTO migrations (number, name, applied_at) VALUES "
                                       "($1::int8, $2::text, clock_timestamp())"};

// Of both, all that the user may not do.
const statement find_missing_right{
  "find_missing_right",
  "SELECT w.privilege || ' on ' || c.relname FROM (VALUES ('events', 'SELECT', 'r'), "
  "('events', 'INSERT', 'w'), ('streams', 'SELECT', 'r'), ('streams', 'INSERT', 'w'), "
  "('streams', 'UPDATE', 'w'), ('log_head', 'SELECT', 'r'), ('log_head', 'UPDATE', 'w'), "
  "('requests', 'SELECT', 'r'), ('requests', 'INSERT', 'w'), ('checkpoints', 'SELECT', 'r'), "
  "('checkpoints', 'INSERT', 'w'), ('checkpoints', 'UPDATE', 'w'), ('checkpoints', 'DELETE', 'w'), "
  "('snapshots', 'SELECT', 'r'), ('snapshots', 'INSERT', 'w'), ('snapshots', 'UPDATE', 'w'), "
  "('leases', 'SELECT', 'w'), ('leases', 'INSERT', 'w'), ('leases', 'UPDATE', 'w'), "
  "('dead_letters', 'SELECT', 'r'), ('dead_letters', 'INSERT', 'w'), "
  "('dead_letters', 'UPDATE', 'w'), ('dead_letters', 'DELETE', 'w'), "
  "('read_models', 'SELECT', 'r'), ('read_models', 'INSERT', 'w'), ('read_models', 'UPDATE', 'w'), "
  "('sql_read_models', 'SELECT', 'r'), ('sql_read_models', 'INSERT', 'w'), "
  "('sql_read_models', 'UPDATE', 'w'), ('sql_read_models', 'DELETE', 'w'), "
  "('archives', 'SELECT', 'r')) "
  "AS w(name, privilege, needed_to) JOIN pg_namespace n ON n.nspname = $1::text JOIN pg_class c ON "
  "c.relnamespace = n.oid AND c.relname = w.name WHERE (w.needed_to = 'r' OR $2::text = 'w') AND "
  "NOT has_table_privilege(c.oid, w.privilege) LIMIT 1"};

const statement find_wrong_head{
  "find_wrong_head",
  "SELECT FROM log_head h LEFT JOIN (SELECT position, commit_id FROM events ORDER BY position DESC "
  "LIMIT 1) e ON true WHERE h.position <> coalesce(e.position, 0) OR h.commit_id <> "
  "coalesce(e.commit_id, '00000000-0000-0000-0000-000000000000')"};

auto ask(connection& on, const statement& what, const parameters& with = {}) -> rows {
  trip asking{on};
  asking.add(what, with);
  asking.send();
  return asking.answer();
}

auto look_at(connection& on, const address& where) -> found_schema {
  const auto seen = ask(on, look_at_schema, parameters{}.text(where.schema()));
  found_schema found{.exists = seen.number(0, 0) > 0};
  if (!seen.truth(0, 3))
    raise(errc::read_only,
          fmt::format("user '{}' lacks the right USAGE on schema '{}' of {}; grant it",
                      where.user(), where.schema(), where.name()));
  if (seen.number(0, 1) == 0)
    return found;
  constexpr std::int64_t marks = 2;
  found.holds = seen.number(0, 2) == marks ? content::ours : content::foreign;
  if (found.holds == content::foreign)
    raise(errc::schema_mismatch,
          fmt::format("schema '{}' of {} holds the tables of another application; it is left as "
                      "it is, name another schema",
                      where.schema(), where.name()));
  found.applied = ask(on, find_last_step).number(0, 0);
  if (found.applied == 0)
    raise(errc::store_corrupt,
          fmt::format("schema '{}' of {} has lost the list of its migrations; it is left as it is, "
                      "restore a backup",
                      where.schema(), where.name()));
  return found;
}

void refuse_newer(const address& where, const found_schema& found, std::size_t known) {
  if (found.applied > static_cast<std::int64_t>(known))
    raise(errc::schema_mismatch,
          fmt::format("schema '{}' of {} has version {}, this program knows versions up to {}; use "
                      "a newer version of the program",
                      where.schema(), where.name(), found.applied, known));
}

[[noreturn]] void refuse_nothing(const address& where) {
  raise(errc::not_found, fmt::format("there is no event store in schema '{}' of {}; check the "
                                     "schema's name, or open it for writing so that it is made",
                                     where.schema(), where.name()));
}

void apply(connection& on, const migration& step) {
  on.run(std::string{step.sql});
  ask(on, note_step, parameters{}.number(step.number).text(step.name));
}

[[noreturn]] void refuse_older(const address& where, const found_schema& found, std::size_t known) {
  raise(errc::schema_mismatch,
        fmt::format("schema '{}' of {} has version {}, this program needs version {}; `eventcore "
                    "migrate` brings it up to date, or open it for writing with `migrate`",
                    where.schema(), where.name(), found.applied, known));
}

// Inside the transaction of the lock. Gives the steps that an older schema took.
auto migrate_alone(connection& on, const address& where, std::span<const migration> steps)
  -> std::span<const migration> {
  ask(on, lock_schema, parameters{}.text(where.schema()));
  const auto found = look_at(on, where);
  refuse_newer(where, found, steps.size());
  if (!found.exists)
    on.run("CREATE SCHEMA " + where.quoted_schema());
  if (found.holds == content::nothing)
    on.run("CREATE TABLE migrations (number bigint NOT NULL, name text NOT NULL, applied_at "
           "timestamptz NOT NULL, CONSTRAINT migrations_pkey PRIMARY KEY (number))");
  const auto missing = steps.subspan(static_cast<std::size_t>(found.applied));
  for (const auto& step : missing)
    apply(on, step);
  return found.holds == content::ours ? missing : std::span<const migration>{};
}

} // namespace

void migrate(connection& on, const address& where, std::span<const migration> steps,
             const store_settings& settings) {
  const auto found = look_at(on, where);
  refuse_newer(where, found, steps.size());
  if (found.applied == static_cast<std::int64_t>(steps.size()))
    return;
  if (found.holds == content::nothing && !settings.create)
    refuse_nothing(where);
  if (found.holds == content::ours && !settings.migrate)
    refuse_older(where, found, steps.size());
  ask(on, begin_writing);
  const auto taken = migrate_alone(on, where, steps);
  if (!is_committed(ask(on, commit)))
    raise(errc::store_unavailable,
          fmt::format("{} rolled the making of schema '{}' back; try again", where.name(),
                      where.schema()));
  if (settings.migrated)
    for (const auto& step : taken)
      settings.migrated(step.number, step.name);
}

void require_schema(connection& on, const address& where, std::span<const migration> steps) {
  const auto found = look_at(on, where);
  if (found.holds == content::nothing)
    refuse_nothing(where);
  refuse_newer(where, found, steps.size());
  if (found.applied < static_cast<std::int64_t>(steps.size()))
    refuse_older(where, found, steps.size());
}

void require_rights(connection& on, const address& where, bool to_write) {
  const auto missing =
    ask(on, find_missing_right, parameters{}.text(where.schema()).text(to_write ? "w" : "r"));
  if (!missing.is_empty())
    raise(errc::read_only,
          fmt::format("user '{}' lacks the right {} in schema '{}' of {}; grant it{}", where.user(),
                      missing.bytes(0, 0), where.schema(), where.name(),
                      to_write ? ", or open the store with read_only if it only reads" : ""));
}

void require_heads(connection& on, const address& where) {
  static_cast<void>(log_head_in(ask(on, find_log_head)));
  if (!ask(on, find_wrong_head).is_empty())
    raise(errc::store_corrupt,
          fmt::format("the last event of {} is not the one that its log head names; restore a "
                      "backup",
                      where.name()));
}

} // namespace eventcore::postgres
