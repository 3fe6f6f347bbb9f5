#include "requests.hpp"

#include "record_trip.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// A row for each stream that the request wrote to, or one without a stream.
const statement list_some_requests{
  "list_requests",
  "SELECT r.id, r.digest, r.commit_id, r.position, r.count, r.recorded_at, v.key, v.value::int8 "
  "FROM "
  "(SELECT * FROM requests WHERE id > $1::text ORDER BY id LIMIT $2::int8) r LEFT JOIN LATERAL "
  "jsonb_each_text(r.versions) v ON true ORDER BY r.id, v.key COLLATE \"C\""};

// By the index on their times. Programs that forget at the same time wait for each other's rows and
// then find them gone.
const statement forget_old_requests{
  "forget_requests",
  "DELETE FROM requests WHERE id = ANY (ARRAY(SELECT id FROM requests WHERE recorded_at < "
  "coalesce($1::timestamptz, clock_timestamp()) - $2::int8 * interval '1 millisecond' ORDER BY "
  "recorded_at LIMIT $3::int8))"};

auto id_in(const rows& from, int row) -> request_id {
  auto id = request_id::of(from.bytes(row, 0));
  if (!id)
    raise(
      errc::store_corrupt,
      fmt::format("a request has an id that this program never writes ({}); look for damage and "
                  "restore a backup",
                  id.error().detail));
  return *std::move(id);
}

} // namespace

auto digest_in(const rows& from, int row, int column) -> command_digest {
  const auto bytes = from.bytes(row, column);
  command_digest digest;
  if (bytes.size() != digest.size())
    raise(errc::store_corrupt,
          fmt::format("the digest of a request has {} bytes instead of {}; look for damage and "
                      "restore a backup",
                      bytes.size(), digest.size()));
  std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

auto list_requests(connection& on, std::string_view after, std::size_t limit)
  -> std::vector<recorded_request> {
  trip asking{on};
  asking.add(list_some_requests, parameters{}.text(after).position(limit));
  asking.send();
  const auto found = asking.answer();
  std::vector<recorded_request> all;
  for (int row = 0; row < found.count(); ++row) {
    if (row == 0 || found.bytes(row, 0) != found.bytes(row - 1, 0))
      all.push_back({.id = id_in(found, row),
                     .digest = digest_in(found, row, 1),
                     .done = {.commit = {found.id(row, 2)},
                              .first = {found.unsigned_number(row, 3)},
                              .count = found.unsigned_number(row, 4),
                              .streams = {}},
                     .recorded_at = found.time(row, 5)});
    if (!found.is_null(row, 6))
      all.back().done.streams.push_back(
        {stream_id::trusted(std::string{found.bytes(row, 6)}), {found.unsigned_number(row, 7)}});
  }
  return all;
}

auto forget_requests(connection& on, std::chrono::milliseconds age, std::size_t limit,
                     std::optional<timestamp> now) -> std::uint64_t {
  // Before the first time that PostgreSQL knows nothing was recorded.
  constexpr std::chrono::milliseconds longest = std::chrono::years{6000};
  parameters values;
  if (now)
    values.time(*now);
  else
    values.null();
  values.number(std::clamp(age, -longest, longest).count()).position(limit);
  return run_alone(on, forget_old_requests, values).changed();
}

} // namespace eventcore::postgres
