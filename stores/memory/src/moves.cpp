#include "memory_store.hpp"

#include <mutex>
#include <shared_mutex>

#include <fmt/format.h>

namespace eventcore::memory {

namespace {

auto no_transactions() -> std::unexpected<failure> {
  return fail(errc::invalid_argument,
              "a store in memory has no transactions in which work could be done; keep the read "
              "model in memory, too, or use a store in SQLite or PostgreSQL");
}

auto place(const checkpoint& at) -> std::string {
  if (at.position.value == 0)
    return "before the first event";
  return fmt::format("at position {} (commit {})", at.position.value, at.commit.text());
}

} // namespace

auto memory_store::transact(std::span<const checkpoint_move> moves, const transaction_work& work)
  -> result<> {
  return guarded([&]() -> result<> {
    for (const auto& move : moves)
      if (auto valid = validate_name("checkpoint", move.name); !valid)
        return valid;
    if (auto writable = check_writable(); !writable)
      return writable;
    if (work)
      return no_transactions();
    const std::lock_guard guard{lock_};
    const auto now = clock();
    kept_checkpoints moved;
    for (const auto& move : moves) {
      if (auto possible = check_move(move, moved, now); !possible)
        return possible;
      moved.insert_or_assign(std::string{move.name}, move.to);
    }
    take_over(std::move(moved));
    return {};
  });
}

auto memory_store::inspect(const transaction_work&) -> result<> { return no_transactions(); }

// `moved` is what the moves before this one lead to.
auto memory_store::check_move(const checkpoint_move& move, const kept_checkpoints& moved,
                              timestamp now) const -> result<> {
  if (move.under)
    if (auto held = require_lease(move.under->name, move.under->token, now); !held)
      return held;
  const auto find_in = [&](const kept_checkpoints& kept) {
    const auto known = kept.find(move.name);
    return known == kept.end() ? nullptr : &known->second;
  };
  const auto* known = find_in(moved);
  if (!known)
    known = find_in(checkpoints_);
  const auto stands = known ? *known : checkpoint{};
  const auto nowhere = stands.position.value == 0 && move.from.position.value == 0;
  if (stands != move.from && !nowhere)
    return fail(
      errc::version_conflict,
      fmt::format("checkpoint '{}' stands {}, not {} where the move begins: somebody else "
                  "moved it; nothing was written, load it and go on from there",
                  move.name, place(stands), place(move.from)));
  if (!holds(move.to))
    return fail(errc::log_rewound,
                fmt::format("checkpoint '{}' cannot move to position {}: the log does not hold "
                            "commit {} there; rebuild what was read from another log",
                            move.name, move.to.position.value, move.to.commit.text()));
  return {};
}

// Cannot fail: nodes change hands.
void memory_store::take_over(kept_checkpoints moved) noexcept {
  while (!moved.empty()) {
    auto node = moved.extract(moved.begin());
    if (const auto known = checkpoints_.find(node.key()); known != checkpoints_.end())
      checkpoints_.erase(known);
    if (node.mapped().position.value > 0)
      checkpoints_.insert(std::move(node));
  }
}

auto memory_store::list_checkpoints() -> result<std::vector<named_checkpoint>> {
  return guarded([&]() -> result<std::vector<named_checkpoint>> {
    const std::shared_lock guard{lock_};
    std::vector<named_checkpoint> all;
    all.reserve(checkpoints_.size());
    for (const auto& [name, at] : checkpoints_)
      all.push_back({name, at});
    return all;
  });
}

} // namespace eventcore::memory
