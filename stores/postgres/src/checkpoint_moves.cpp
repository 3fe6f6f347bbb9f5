#include "checkpoint_moves.hpp"

#include "leases.hpp"
#include "records.hpp"
#include "statements.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// R17. Each of these is the compare and the set at once, and hits one row or none. When another
// transaction has the row, it waits, and compares with what that one left.

// A checkpoint that is kept at position 0 is as good as none.
const statement begin_checkpoint{
  "begin_checkpoint",
  "INSERT INTO checkpoints AS c (name, position, commit_id) VALUES ($1::text, $2::int8, $3::uuid) "
  "ON CONFLICT (name) DO UPDATE SET position = excluded.position, commit_id = excluded.commit_id "
  "WHERE c.position = 0 RETURNING c.name"};

const statement shift_checkpoint{
  "shift_checkpoint",
  "UPDATE checkpoints SET position = $2::int8, commit_id = $3::uuid WHERE name = $1::text AND "
  "position = $4::int8 AND commit_id = $5::uuid RETURNING name"};

const statement end_checkpoint{"end_checkpoint",
                               "DELETE FROM checkpoints WHERE name = $1::text AND position = "
                               "$2::int8 AND commit_id = $3::uuid RETURNING name"};

// Events are never changed, so this may be looked at by itself.
const statement find_commit_at{
  "find_commit_at", "SELECT FROM events WHERE position = $1::int8 AND commit_id = $2::uuid"};

const statement find_standing{"find_standing",
                              "SELECT position, commit_id FROM checkpoints WHERE name = $1::text"};

auto is_start(const checkpoint& at) -> bool { return at.position.value == 0; }

auto text_of(const checkpoint& at) -> std::string {
  return is_start(at)
           ? std::string{"at no position"}
           : fmt::format("at position {} (commit {})", at.position.value, at.commit.text());
}

void add_move(trip& to, const checkpoint_move& move) {
  if (!is_start(move.to))
    to.add(find_commit_at, parameters{}.position(move.to.position.value).id(move.to.commit.bytes));
  parameters values;
  values.text(move.name);
  if (is_start(move.from)) {
    to.add(begin_checkpoint, values.position(move.to.position.value).id(move.to.commit.bytes));
    if (is_start(move.to)) // it was taken to compare it, and is not kept
      to.add(end_checkpoint, parameters{}.text(move.name).position(0).id(move.to.commit.bytes));
  } else if (is_start(move.to)) {
    to.add(end_checkpoint, values.position(move.from.position.value).id(move.from.commit.bytes));
  } else {
    to.add(shift_checkpoint, values.position(move.to.position.value)
                               .id(move.to.commit.bytes)
                               .position(move.from.position.value)
                               .id(move.from.commit.bytes));
  }
}

enum class verdict : std::uint8_t { moved = 1, rewound, conflict };

auto judge_move(trip& from, const checkpoint_move& move) -> verdict {
  auto found = verdict::moved;
  if (is_start(move.to) ? !move.to.commit.is_nil() : from.answer().is_empty())
    found = verdict::rewound;
  if (from.answer().count() != 1)
    found = verdict::conflict;
  if (is_start(move.from) && is_start(move.to))
    from.answer();
  return found;
}

} // namespace

checkpoint_moves::checkpoint_moves(std::span<const checkpoint_move> moves,
                                   std::optional<timestamp> now)
    : now_{now} {
  for (const auto& move : moves) {
    moves_.push_back(&move);
    const auto same = [&](const lease_claim& claim) {
      return claim.name == move.under->name && claim.token == move.under->token;
    };
    if (move.under && std::ranges::none_of(claims_, same))
      claims_.push_back(*move.under);
  }
  std::ranges::stable_sort(claims_, {}, &lease_claim::name);
  std::ranges::stable_sort(moves_, {}, &checkpoint_move::name);
}

void checkpoint_moves::add_to(trip& to) const {
  for (const auto& claim : claims_)
    add_lease_check(to, claim, now_);
  for (const auto* move : moves_)
    add_move(to, *move);
}

auto checkpoint_moves::judge(trip& from) -> result<> {
  result<> outcome;
  const auto refuse = [&](failure why) {
    if (outcome)
      outcome = std::unexpected{std::move(why)};
  };
  for (const auto& claim : claims_) {
    from.answer(); // the lock
    if (from.answer().is_empty())
      refuse(lost_lease(claim));
  }
  for (const auto* move : moves_) {
    const auto found = judge_move(from, *move);
    if (found == verdict::rewound)
      refuse(rewound(move->name, move->to));
    if (found == verdict::conflict && outcome) {
      conflict_ = move;
      refuse({errc::version_conflict, {}});
    }
  }
  return outcome;
}

auto checkpoint_moves::roll_back(connection& on, failure refused) const -> failure {
  trip ending{on};
  if (conflict_)
    ending.add(find_standing, parameters{}.text(conflict_->name));
  ending.add(postgres::roll_back);
  ending.send();
  if (conflict_) {
    const auto found = ending.answer();
    checkpoint standing;
    if (!found.is_empty())
      standing = {{found.unsigned_number(0, 0)}, {found.id(0, 1)}};
    refused.detail = fmt::format("checkpoint '{}' stands {}, the move begins {}: somebody else "
                                 "moved it; nothing was written, load it and go on from there",
                                 conflict_->name, text_of(standing), text_of(conflict_->from));
  }
  ending.answer();
  return refused;
}

} // namespace eventcore::postgres
