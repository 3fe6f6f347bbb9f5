#include "records.hpp"

#include "heads.hpp"

#include "eventcore/ids.hpp"

#include <bit>
#include <string>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

using soci::into;
using soci::use;

// SQLite's integers are signed; a nonce is 64 bits of anything.
auto as_signed(std::uint64_t bits) -> long long { return std::bit_cast<std::int64_t>(bits); }

auto microseconds_of(timestamp time) -> long long { return time.time_since_epoch().count(); }

struct lease_row {
  long long epoch = 0;
  long long nonce = 0;
  long long ends_at = 0; // 0: given back
};

auto find_lease(connection& on, const std::string& name) -> std::optional<lease_row> {
  lease_row row;
  on.session() << "SELECT epoch, nonce, ends_at FROM leases WHERE name = :name", use(name),
    into(row.epoch), into(row.nonce), into(row.ends_at);
  return on.session().got_data() ? std::optional{row} : std::nullopt;
}

auto is_token_of(const lease_row& row, const lease_token& token) -> bool {
  return row.ends_at != 0 && row.epoch == as_signed(token.epoch)
         && row.nonce == as_signed(token.nonce);
}

void set_end(connection& on, const std::string& name, long long ends_at) {
  on.session() << "UPDATE leases SET ends_at = :ends_at WHERE name = :name", use(ends_at),
    use(name);
}

// One that the log does not hold is no better than none.
auto has_later_snapshot(connection& on, long long stream, const std::string& view,
                        long long version) -> bool {
  long long kept = 0;
  on.session() << "SELECT n.version FROM snapshots n JOIN events e ON e.stream = n.stream AND "
                  "e.version = n.version AND e.commit_id = n.commit_id WHERE n.stream = :stream "
                  "AND n.view = :view AND n.version > :version",
    use(stream), use(view), use(version), into(kept);
  return on.session().got_data();
}

} // namespace

auto rewound(std::string_view name, const checkpoint& at) -> failure {
  return {errc::log_rewound,
          fmt::format("checkpoint '{}' stands at position {}, but the log does not hold commit {} "
                      "there: it was replaced by another or an older one; rebuild what was read",
                      name, at.position.value, at.commit.text())};
}

auto save_checkpoint(connection& on, std::string_view name, const checkpoint& reached) -> result<> {
  if (!holds(on, reached))
    return std::unexpected{rewound(name, reached)};
  const std::string key{name};
  long long known = 0;
  on.session() << "SELECT position FROM checkpoints WHERE name = :name", use(key), into(known);
  const long long position = to_sql(reached.position.value);
  if (on.session().got_data() && position < known)
    return fail(errc::invalid_argument,
                fmt::format("checkpoint '{}' stands at position {} and never moves back, {} was "
                            "asked for; reset it to read again from the start",
                            name, known, position));
  std::string commit;
  assign_bytes(commit, reached.commit.bytes);
  on.session() << "INSERT INTO checkpoints (name, position, commit_id) VALUES (:name, :position, "
                  "CAST(:commit_id AS BLOB)) ON CONFLICT (name) DO UPDATE SET position = "
                  "excluded.position, commit_id = excluded.commit_id",
    use(key), use(position), use(commit);
  return {};
}

auto reset_checkpoint(connection& on, std::string_view name) -> result<> {
  const std::string key{name};
  on.session() << "DELETE FROM checkpoints WHERE name = :name", use(key);
  return {};
}

auto save_snapshot(connection& on, const snapshot& state) -> result<bool> {
  const auto& id = state.stream.text();
  long long stream = 0;
  on.session() << "SELECT key FROM streams WHERE id = :id", use(id), into(stream);
  if (!on.session().got_data() || !holds(on, stream, state.head))
    return false;
  const long long version = to_sql(state.head.version.value);
  if (has_later_snapshot(on, stream, state.view, version))
    return false;
  std::string commit;
  assign_bytes(commit, state.head.commit.bytes);
  on.session() << "INSERT INTO snapshots (stream, view, fold, version, commit_id, payload) VALUES "
                  "(:stream, :view, :fold, :version, CAST(:commit_id AS BLOB), "
                  "CAST(:payload AS BLOB)) ON CONFLICT (stream, view) DO UPDATE SET fold = "
                  "excluded.fold, version = excluded.version, commit_id = excluded.commit_id, "
                  "payload = excluded.payload",
    use(stream), use(state.view), use(state.fold), use(version), use(commit), use(state.payload);
  return true;
}

auto acquire_lease(connection& on, std::string_view name, std::chrono::milliseconds term,
                   timestamp now) -> result<std::optional<lease_token>> {
  const std::string key{name};
  const auto known = find_lease(on, key);
  if (known && microseconds_of(now) < known->ends_at)
    return std::nullopt;
  const lease_token token{.epoch = known ? static_cast<std::uint64_t>(known->epoch) + 1 : 1,
                          .nonce = random_bits()};
  const auto epoch = as_signed(token.epoch);
  const auto nonce = as_signed(token.nonce);
  const auto ends_at = microseconds_of(now + term);
  on.session() << "INSERT INTO leases (name, epoch, nonce, ends_at) VALUES (:name, :epoch, :nonce, "
                  ":ends_at) ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, nonce = "
                  "excluded.nonce, ends_at = excluded.ends_at",
    use(key), use(epoch), use(nonce), use(ends_at);
  return token;
}

auto require_lease(connection& on, std::string_view name, const lease_token& token, timestamp now)
  -> result<> {
  const auto known = find_lease(on, std::string{name});
  if (!known || !is_token_of(*known, token))
    return fail(errc::lease_lost,
                fmt::format("lease '{}' is not held under epoch {}; stop what it protects and "
                            "acquire it again",
                            name, token.epoch));
  if (microseconds_of(now) >= known->ends_at)
    return fail(errc::lease_lost,
                fmt::format("the term of lease '{}' is over; stop what it protects and acquire it "
                            "again",
                            name));
  return {};
}

auto renew_lease(connection& on, std::string_view name, const lease_token& token,
                 std::chrono::milliseconds term, timestamp now) -> result<> {
  if (auto held = require_lease(on, name, token, now); !held)
    return held;
  set_end(on, std::string{name}, microseconds_of(now + term));
  return {};
}

auto release_lease(connection& on, std::string_view name, const lease_token& token) -> result<> {
  const std::string key{name};
  if (const auto known = find_lease(on, key); known && is_token_of(*known, token))
    set_end(on, key, 0);
  return {};
}

} // namespace eventcore::sqlite
