#include "schema.hpp"

#include "statements.hpp"
#include "trip.hpp"

#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// People query these tables: names stay as they are, those of constraints too. Columns of a fixed
// size come first, which saves their padding. Commit ids have no index (random keys halve the rate of
// inserting), and an event's stream no foreign key (its check costs as much as the row). The log
// head and the streams leave room in their pages, so that a new version of a row stays beside the
// old one and no index changes.
constexpr std::string_view first_schema = R"sql(
CREATE TABLE log_head (
  one boolean NOT NULL DEFAULT true,
  position bigint NOT NULL,
  commit_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  stream_key bigint NOT NULL, -- the last that was given to a stream
  CONSTRAINT log_head_pkey PRIMARY KEY (one),
  CONSTRAINT log_head_one_check CHECK (one)
) WITH (fillfactor = 10);
INSERT INTO log_head (position, commit_id, recorded_at, stream_key)
  VALUES (0, '00000000-0000-0000-0000-000000000000', 'epoch', 0);

CREATE TABLE streams (
  key bigint NOT NULL,
  version bigint NOT NULL,
  commit_id uuid NOT NULL, -- of the last event
  kind text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  CONSTRAINT streams_pkey PRIMARY KEY (key),
  CONSTRAINT streams_id_key UNIQUE (id)
) WITH (fillfactor = 70);

CREATE TABLE events (
  position bigint NOT NULL,
  stream bigint NOT NULL, -- streams.key
  version bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  type_version bigint NOT NULL,
  commit_id uuid NOT NULL,
  event_id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  payload jsonb, -- when it is JSON
  payload_bytes bytea, -- when it is anything else
  metadata jsonb,
  CONSTRAINT events_pkey PRIMARY KEY (position),
  CONSTRAINT events_stream_version_key UNIQUE (stream, version),
  CONSTRAINT events_payload_check CHECK ((payload IS NULL) <> (payload_bytes IS NULL))
);
CREATE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are immutable: they are never updated, deleted or replaced (% on events)', TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER events_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events();

CREATE TABLE requests (
  position bigint NOT NULL, -- of the first event; 0 when it wrote none
  count bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  commit_id uuid NOT NULL,
  digest bytea NOT NULL,
  id text COLLATE "C" NOT NULL,
  versions jsonb NOT NULL, -- stream id -> its new version
  CONSTRAINT requests_pkey PRIMARY KEY (id)
);

CREATE TABLE checkpoints (
  position bigint NOT NULL,
  commit_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  CONSTRAINT checkpoints_pkey PRIMARY KEY (name)
);

CREATE TABLE snapshots (
  stream bigint NOT NULL, -- streams.key
  version bigint NOT NULL,
  commit_id uuid NOT NULL,
  view text COLLATE "C" NOT NULL,
  fold text COLLATE "C" NOT NULL,
  payload bytea NOT NULL,
  CONSTRAINT snapshots_pkey PRIMARY KEY (stream, view)
);

CREATE TABLE leases (
  epoch bigint NOT NULL,
  nonce bigint NOT NULL,
  ends_at timestamptz, -- NULL: given back
  name text COLLATE "C" NOT NULL,
  CONSTRAINT leases_pkey PRIMARY KEY (name)
);

CREATE VIEW log AS
  SELECT e.position, s.id AS stream, e.version, e.type, e.type_version, e.payload, e.payload_bytes,
         e.metadata, e.recorded_at, e.commit_id, e.event_id
  FROM events e JOIN streams s ON s.key = e.stream;
)sql";

constexpr std::string_view read_models_schema = R"sql(
CREATE TABLE dead_letters (
  position bigint NOT NULL,
  attempts bigint NOT NULL,
  parked_at timestamptz NOT NULL,
  retry boolean NOT NULL, -- it is to be tried again
  projection text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  code text COLLATE "C" NOT NULL, -- of the failure
  detail text COLLATE "C" NOT NULL,
  CONSTRAINT dead_letters_pkey PRIMARY KEY (projection, position)
);

CREATE TABLE read_models (
  position bigint NOT NULL,
  commit_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  fold text COLLATE "C" NOT NULL,
  payload bytea NOT NULL,
  CONSTRAINT read_models_pkey PRIMARY KEY (name)
);

CREATE TABLE sql_read_models (
  generation bigint NOT NULL, -- of the tables that serve
  building bigint, -- of those that a rebuild fills; NULL: there is none
  name text COLLATE "C" NOT NULL,
  CONSTRAINT sql_read_models_pkey PRIMARY KEY (name)
);
)sql";

constexpr std::array all_migrations{
  migration{1, "events, streams and what readers keep", first_schema},
  migration{2, "dead letters and read models", read_models_schema},
};

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
  "('sql_read_models', 'UPDATE', 'w'), ('sql_read_models', 'DELETE', 'w')) "
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

// Inside the transaction of the lock.
void migrate_alone(connection& on, const address& where, std::span<const migration> steps) {
  ask(on, lock_schema, parameters{}.text(where.schema()));
  const auto found = look_at(on, where);
  refuse_newer(where, found, steps.size());
  if (!found.exists)
    on.run("CREATE SCHEMA " + where.quoted_schema());
  if (found.holds == content::nothing)
    on.run("CREATE TABLE migrations (number bigint NOT NULL, name text NOT NULL, applied_at "
           "timestamptz NOT NULL, CONSTRAINT migrations_pkey PRIMARY KEY (number))");
  for (const auto& step : steps.subspan(static_cast<std::size_t>(found.applied)))
    apply(on, step);
}

} // namespace

auto migrations() -> std::span<const migration> { return all_migrations; }

void migrate(connection& on, const address& where, std::span<const migration> steps, bool create) {
  const auto found = look_at(on, where);
  refuse_newer(where, found, steps.size());
  if (found.applied == static_cast<std::int64_t>(steps.size()))
    return;
  if (found.holds == content::nothing && !create)
    refuse_nothing(where);
  ask(on, begin_writing);
  migrate_alone(on, where, steps);
  if (!is_committed(ask(on, commit)))
    raise(errc::store_unavailable,
          fmt::format("{} rolled the making of schema '{}' back; try again", where.name(),
                      where.schema()));
}

void require_schema(connection& on, const address& where, std::span<const migration> steps) {
  const auto found = look_at(on, where);
  if (found.holds == content::nothing)
    refuse_nothing(where);
  refuse_newer(where, found, steps.size());
  if (found.applied < static_cast<std::int64_t>(steps.size()))
    raise(
      errc::schema_mismatch,
      fmt::format("schema '{}' of {} has version {}, this program reads version {}; open it for "
                  "writing once, which brings it up to date",
                  where.schema(), where.name(), found.applied, steps.size()));
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
