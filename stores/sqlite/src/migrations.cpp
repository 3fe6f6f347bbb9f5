#include "schema.hpp"

#include <array>

namespace eventcore::sqlite {

namespace {

// People query these tables: names stay as they are. Times are microseconds since 1970 in UTC. A
// payload is TEXT when it is JSON and BLOB when it is bytes, so that a shell shows it. Commit ids
// have no index: random keys would halve the rate of inserting.
constexpr std::string_view first_schema = R"sql(
CREATE TABLE log_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  position INTEGER NOT NULL,
  commit_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  fences INTEGER NOT NULL -- how often an unknown commit was ruled out by a further one
);
INSERT INTO log_head VALUES (1, 0, zeroblob(16), 0, 0);

CREATE TABLE streams (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  commit_id BLOB NOT NULL -- of the last event
);

CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL, -- streams.key
  version INTEGER NOT NULL,
  commit_id BLOB NOT NULL,
  event_id BLOB NOT NULL,
  type TEXT NOT NULL,
  type_version INTEGER NOT NULL,
  encoding INTEGER NOT NULL, -- 1: JSON, 2: bytes
  payload BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  metadata TEXT,
  UNIQUE (stream, version)
);
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events BEGIN
  SELECT RAISE(ABORT, 'events are immutable: they are never updated');
END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events BEGIN
  SELECT RAISE(ABORT, 'events are immutable: they are never deleted or replaced');
END;

CREATE TABLE requests (
  id TEXT PRIMARY KEY,
  digest BLOB NOT NULL,
  commit_id BLOB NOT NULL,
  position INTEGER NOT NULL, -- of the first event; 0 when it wrote none
  count INTEGER NOT NULL,
  versions TEXT NOT NULL, -- JSON: stream id -> its new version
  recorded_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE checkpoints (
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  commit_id BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE snapshots (
  stream INTEGER NOT NULL, -- streams.key
  view TEXT NOT NULL,
  fold TEXT NOT NULL,
  version INTEGER NOT NULL,
  commit_id BLOB NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (stream, view)
) WITHOUT ROWID;

CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  nonce INTEGER NOT NULL,
  ends_at INTEGER NOT NULL -- 0: given back
) WITHOUT ROWID;

CREATE VIEW log AS
  SELECT e.position, s.id AS stream, e.version, e.type, e.type_version, e.payload, e.metadata,
         strftime('%Y-%m-%dT%H:%M:%S', e.recorded_at / 1000000, 'unixepoch') || 'Z' AS recorded,
         lower(hex(e.commit_id)) AS commit_id, lower(hex(e.event_id)) AS event_id
  FROM events e CROSS JOIN streams s ON s.key = e.stream;
)sql";

// `building` is the generation that a rebuild fills; NULL when none is under way.
constexpr std::string_view second_schema = R"sql(
CREATE TABLE dead_letters (
  projection TEXT NOT NULL,
  position INTEGER NOT NULL,
  stream TEXT NOT NULL,
  type TEXT NOT NULL,
  code TEXT NOT NULL, -- of the failure, by its name
  detail TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  parked_at INTEGER NOT NULL,
  retry INTEGER NOT NULL, -- 1: to be tried again
  PRIMARY KEY (projection, position)
) WITHOUT ROWID;

CREATE TABLE read_models (
  name TEXT PRIMARY KEY,
  fold TEXT NOT NULL,
  position INTEGER NOT NULL,
  commit_id BLOB NOT NULL,
  payload BLOB NOT NULL
);

CREATE TABLE sql_read_models (
  name TEXT PRIMARY KEY,
  generation INTEGER NOT NULL,
  building INTEGER
);
)sql";

// An archived event's payload is the key of its archive, an INTEGER. Everything else that UPDATE
// could do to an event is refused, whoever tries; `restoring` names a source while one is restored.
constexpr std::string_view third_schema = R"sql(
ALTER TABLE log_head ADD COLUMN restoring TEXT;

CREATE TABLE archives (
  key INTEGER PRIMARY KEY,
  file TEXT NOT NULL UNIQUE,
  checksum TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  events INTEGER NOT NULL -- whose payloads are in it now
);

DROP TRIGGER events_are_not_updated;
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events WHEN (
  new.position IS old.position AND new.stream IS old.stream AND new.version IS old.version
  AND new.commit_id IS old.commit_id AND new.event_id IS old.event_id AND new.type IS old.type
  AND new.type_version IS old.type_version AND new.recorded_at IS old.recorded_at
  AND new.metadata IS old.metadata
  AND CASE old.encoding
    WHEN 3 THEN (new.encoding = 1 AND typeof(new.payload) = 'text')
      OR (new.encoding = 2 AND typeof(new.payload) = 'blob')
    ELSE new.encoding = 3 AND typeof(new.payload) = 'integer'
      AND new.payload IN (SELECT key FROM archives)
      AND old.type <> '$closed'
      AND (SELECT type FROM events WHERE stream = old.stream ORDER BY version DESC LIMIT 1)
        = '$closed'
  END
) IS NOT TRUE BEGIN
  SELECT RAISE(ABORT, 'events are immutable: they are never updated');
END;

DROP VIEW log;
CREATE VIEW log AS
  SELECT e.position, s.id AS stream, e.version, e.type, e.type_version,
         CASE e.encoding WHEN 3 THEN 'archived: ' || (SELECT file FROM archives WHERE key = e.payload)
                         ELSE e.payload END AS payload,
         e.metadata,
         strftime('%Y-%m-%dT%H:%M:%S', e.recorded_at / 1000000, 'unixepoch') || 'Z' AS recorded,
         lower(hex(e.commit_id)) AS commit_id, lower(hex(e.event_id)) AS event_id
  FROM events e CROSS JOIN streams s ON s.key = e.stream;
)sql";

constexpr std::array all_migrations{
  migration{1, "events, streams and what readers keep", first_schema},
  migration{2, "dead letters and read models", second_schema},
  migration{3, "archives and restoring", third_schema},
};

} // namespace

auto migrations() -> std::span<const migration> { return all_migrations; }

} // namespace eventcore::sqlite
