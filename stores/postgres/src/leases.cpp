#include "leases.hpp"

#include "record_trip.hpp"

#include "eventcore/ids.hpp"

#include <bit>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

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

// Enough to keep it from ending or passing to another, and the workers of one holder do not wait for
// each other.
const statement keep_lease{"keep_lease", "SELECT FROM leases WHERE name = $1::text FOR SHARE"};

const statement prolong_lease{
  "prolong_lease",
  "UPDATE leases SET ends_at = coalesce($4::timestamptz, clock_timestamp()) + $5::int8 * interval "
  "'1 millisecond' WHERE name = $1::text AND epoch = $2::int8 AND nonce = $3::int8 AND ends_at > "
  "coalesce($4::timestamptz, clock_timestamp()) RETURNING epoch"};

const statement end_lease{
  "end_lease",
  "UPDATE leases SET ends_at = NULL WHERE name = $1::text AND epoch = $2::int8 AND nonce = "
  "$3::int8"};

const statement find_held_lease{"find_held_lease",
                                "SELECT FROM leases WHERE name = $1::text AND epoch = $2::int8 AND "
                                "nonce = $3::int8 AND ends_at > "
                                "coalesce($4::timestamptz, clock_timestamp())"};

// PostgreSQL's integers are signed; a nonce is 64 bits of anything.
auto as_signed(std::uint64_t bits) -> std::int64_t { return std::bit_cast<std::int64_t>(bits); }

void add_time(parameters& to, std::optional<timestamp> now) {
  if (now)
    to.time(*now);
  else
    to.null();
}

} // namespace

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
    return std::unexpected{lost_lease({.name = name, .token = token})};
  return {};
}

auto release_lease(connection& on, std::string_view name, const lease_token& token) -> result<> {
  run_alone(on, end_lease,
            parameters{}.text(name).number(as_signed(token.epoch)).number(as_signed(token.nonce)));
  return {};
}

void add_lease_check(trip& to, const lease_claim& claim, std::optional<timestamp> now) {
  to.add(keep_lease, parameters{}.text(claim.name));
  parameters values;
  values.text(claim.name).number(as_signed(claim.token.epoch)).number(as_signed(claim.token.nonce));
  add_time(values, now);
  to.add(find_held_lease, values);
}

auto lost_lease(const lease_claim& claim) -> failure {
  return {errc::lease_lost,
          fmt::format("lease '{}' is not held under epoch {}, or its term is over; stop what it "
                      "protects and acquire it again",
                      claim.name, claim.token.epoch)};
}

} // namespace eventcore::postgres
