#include "schema.hpp"

#include "errors.hpp"
#include "transaction.hpp"

#include <array>

#include <fmt/chrono.h>
#include <fmt/format.h>

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

constexpr std::array all_migrations{
  migration{1, "events, streams and what readers keep", first_schema},
  migration{2, "dead letters and read models", second_schema},
};

// The number of the last step that one of our files had. No file of ours is without the first.
auto applied(connection& on, const std::filesystem::path& file) -> long long {
  const auto known = on.number("SELECT coalesce(max(number), 0) FROM migrations");
  if (known == 0)
    raise(
      errc::store_corrupt,
      fmt::format("{} has lost the list of its migrations; it is left as it is, restore a backup",
                  file.string()));
  return known;
}

void refuse_newer(const std::filesystem::path& file, long long found, std::size_t known) {
  if (found > static_cast<long long>(known))
    raise(errc::schema_mismatch,
          fmt::format("{} has schema {}, this program knows schemas up to {}; use a newer version "
                      "of the program",
                      file.string(), found, known));
}

void apply(connection& on, const migration& step, std::chrono::sys_seconds now) {
  on.check(
    api::sqlite3_exec(on.handle(), std::string{step.sql}.c_str(), nullptr, nullptr, nullptr));
  const std::string name{step.name};
  const auto time = fmt::format("{:%FT%TZ}", now);
  on.session()
    << "INSERT INTO migrations (number, name, applied_at) VALUES (:number, :name, :time)",
    soci::use(step.number), soci::use(name), soci::use(time);
}

} // namespace

auto migrations() -> std::span<const migration> { return all_migrations; }

void refuse_foreign(const std::filesystem::path& file) {
  raise(errc::schema_mismatch,
        fmt::format("{} is an SQLite database of another application; it is left as it is, name "
                    "another file",
                    file.string()));
}

auto look_at(connection& on) -> content {
  const auto id = on.number("PRAGMA application_id");
  const auto tables = on.number("SELECT count(*) FROM sqlite_schema");
  if (id == application_id && tables > 0)
    return content::ours;
  return id == 0 && tables == 0 ? content::nothing : content::foreign;
}

void migrate(connection& on, const std::filesystem::path& file, std::span<const migration> steps,
             std::chrono::sys_seconds now) {
  write_transaction section{on};
  long long known = 0;
  switch (look_at(on)) {
  case content::foreign:
    refuse_foreign(file);
  case content::nothing:
    on.run(fmt::format("PRAGMA application_id = {}", application_id));
    on.run("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at "
           "TEXT NOT NULL)");
    break;
  case content::ours:
    known = applied(on, file);
    break;
  }
  refuse_newer(file, known, steps.size());
  if (known == static_cast<long long>(steps.size()))
    return;
  for (const auto& step : steps.subspan(static_cast<std::size_t>(known)))
    apply(on, step, now);
  section.commit();
}

void require_schema(connection& on, const std::filesystem::path& file,
                    std::span<const migration> steps) {
  switch (look_at(on)) {
  case content::foreign:
    refuse_foreign(file);
  case content::nothing:
    raise(errc::schema_mismatch,
          fmt::format("{} holds no event store yet; open it for writing once", file.string()));
  case content::ours:
    break;
  }
  const auto known = applied(on, file);
  refuse_newer(file, known, steps.size());
  if (known < static_cast<long long>(steps.size()))
    raise(errc::schema_mismatch,
          fmt::format("{} has schema {}, this program reads schema {}; open it for writing once, "
                      "which brings it up to date",
                      file.string(), known, steps.size()));
}

} // namespace eventcore::sqlite
