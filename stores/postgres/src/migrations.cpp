#include "schema.hpp"

#include <array>

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

// Nothing of this reads or rewrites the events that are there. The log head comes first, as in every
// transaction that writes. What an UPDATE may do is checked once for the whole statement, in whichever
// schema the table is; a trigger on each row would be many times slower.
constexpr std::string_view archives_schema = R"sql(
ALTER TABLE log_head ADD COLUMN restoring text COLLATE "C"; -- from what; NULL: nothing is restored

CREATE TABLE archives (
  key bigint GENERATED ALWAYS AS IDENTITY,
  made_at timestamptz NOT NULL,
  file text COLLATE "C" NOT NULL,
  checksum text COLLATE "C" NOT NULL,
  CONSTRAINT archives_pkey PRIMARY KEY (key),
  CONSTRAINT archives_file_key UNIQUE (file)
);

ALTER TABLE events
  ADD COLUMN archive bigint, -- archives.key, when the payload is there
  DROP CONSTRAINT events_payload_check,
  ADD CONSTRAINT events_payload_check CHECK (
    CASE WHEN archive IS NULL THEN (payload IS NULL) <> (payload_bytes IS NULL)
         ELSE payload IS NULL AND payload_bytes IS NULL END) NOT VALID;

CREATE FUNCTION refuse_update_of_events() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong boolean;
BEGIN
  EXECUTE format(
    'SELECT EXISTS (SELECT FROM old_rows o FULL JOIN new_rows n ON n.position = o.position WHERE NOT '
      'coalesce((n.stream, n.version, n.recorded_at, n.type_version, n.commit_id, n.event_id, n.type) '
      '= (o.stream, o.version, o.recorded_at, o.type_version, o.commit_id, o.event_id, o.type) AND '
      'n.metadata IS NOT DISTINCT FROM o.metadata AND (n.archive IS NULL) <> (o.archive IS NULL) AND '
      '(o.type <> ''$closed'' OR n.archive IS NULL), false)) '
    'OR EXISTS (SELECT FROM (SELECT DISTINCT archive FROM new_rows WHERE archive IS NOT NULL) n '
      'WHERE NOT EXISTS (SELECT FROM %1$I.archives a WHERE a.key = n.archive)) '
    'OR EXISTS (SELECT FROM (SELECT DISTINCT stream FROM new_rows WHERE archive IS NOT NULL) n '
      'WHERE NOT EXISTS (SELECT FROM %1$I.streams s JOIN %1$I.events e ON e.stream = s.key AND '
      'e.version = s.version AND e.type = ''$closed'' WHERE s.key = n.stream))',
    TG_TABLE_SCHEMA) INTO wrong;
  IF wrong THEN
    RAISE EXCEPTION 'events are immutable: of a closed stream''s events the payloads may be moved to an archive and back, all else is never updated, deleted or replaced (% on events)', TG_OP
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER events_are_immutable ON events;
CREATE TRIGGER events_are_immutable BEFORE DELETE OR TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events();
CREATE TRIGGER events_keep_all_but_payloads AFTER UPDATE ON events
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_update_of_events();

CREATE INDEX requests_recorded_at_idx ON requests (recorded_at);

CREATE OR REPLACE VIEW log AS
  SELECT e.position, s.id AS stream, e.version, e.type, e.type_version, e.payload, e.payload_bytes,
         e.metadata, e.recorded_at, e.commit_id, e.event_id, a.file AS archive
  FROM events e JOIN streams s ON s.key = e.stream LEFT JOIN archives a ON a.key = e.archive;
)sql";

constexpr std::array all_migrations{
  migration{1, "events, streams and what readers keep", first_schema},
  migration{2, "dead letters and read models", read_models_schema},
  migration{3, "archives, and logs that are restored", archives_schema},
};

} // namespace

auto migrations() -> std::span<const migration> { return all_migrations; }

} // namespace eventcore::postgres
