#include "heads.hpp"

#include "errors.hpp"

#include <cstring>

#include <fmt/format.h>

namespace eventcore::sqlite {

auto uuid_of(std::string_view bytes) -> uuid_bytes {
  uuid_bytes id;
  if (bytes.size() != id.size())
    raise(errc::store_corrupt,
          fmt::format("an id in the database has {} bytes instead of 16; look for damage and "
                      "restore a backup",
                      bytes.size()));
  std::memcpy(id.data(), bytes.data(), id.size());
  return id;
}

auto read_log_head(query& of, std::string* restoring) -> log_head {
  auto rows = of.run();
  if (!rows.next())
    raise(errc::store_corrupt, "the row of log_head is missing; restore a backup");
  if (restoring)
    *restoring = rows.bytes(3);
  return {{static_cast<std::uint64_t>(rows.number(0))},
          {uuid_of(rows.bytes(1))},
          timestamp{std::chrono::microseconds{rows.number(2)}}};
}

auto holds(connection& on, const checkpoint& at) -> bool {
  if (at.position.value == 0)
    return at.commit.is_nil();
  std::string commit;
  const long long position = to_sql(at.position.value);
  on.session() << "SELECT commit_id FROM events WHERE position = :position", soci::use(position),
    soci::into(commit);
  return on.session().got_data() && uuid_of(commit) == at.commit.bytes;
}

auto holds(connection& on, long long stream_key, const stream_head& at) -> bool {
  std::string commit;
  const long long version = to_sql(at.version.value);
  on.session() << "SELECT commit_id FROM events WHERE stream = :stream AND version = :version",
    soci::use(stream_key), soci::use(version), soci::into(commit);
  return on.session().got_data() && uuid_of(commit) == at.commit.bytes;
}

} // namespace eventcore::sqlite
