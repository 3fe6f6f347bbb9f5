#pragma once

#include "eventcore/queries.hpp"
#include "eventcore/recorded_event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace eventcore {

/// What one read of the store brought: some events without a gap. Never changes.
struct recent_piece {
  std::vector<recorded_event> read{};
  std::span<const recorded_event> events{}; ///< of these; never empty
  std::shared_ptr<const void> owner{};
  std::size_t bytes = 0;

  auto first() const -> log_position { return events.front().position; }
  auto last() const -> log_position { return events.back().position; }
};

/// Some of the recent events, and where the log stood when the last of them was read.
struct recent_extract {
  std::vector<std::shared_ptr<const recent_piece>> pieces{};
  log_position end{}; ///< everything after the query's begin and up to here is in the pieces
  log_head head{};
};

/// The page that a store gives for a forward query when its log stands at `from.head`; nothing when
/// that depends on events after `from.end`.
auto page_of(const read_log& query, const recent_extract& from) -> std::optional<log_page>;

/// The events of a log from some position on, without a gap, up to where it was read. Old ones go
/// when there are more than the bounds allow. Not thread-safe.
class recent_events {
public:
  /// Bounds of what is kept.
  explicit recent_events(const page_bounds& kept) : kept_{kept} {}

  /// Whether there is a position up to which the log was read.
  auto is_begun() const -> bool { return begun_; }
  /// Whether all that follows `after` and was read is here.
  auto covers(log_position after) const -> bool {
    return begun_ && begin_ <= after && after <= end_;
  }
  auto begin() const -> log_position { return begin_; }
  auto end() const -> log_position { return end_; }

  /// Begins anew with the page that follows `after`.
  void restart(log_position after, log_page page);

  /// Asks for what follows, together with the last event that was read, by which another log is
  /// noticed.
  auto next(const page_bounds& page) const -> read_log;
  /// Takes the answer to it. Drops everything when it does not belong to the same log, or begins
  /// with an event that is larger than a page.
  void extend(log_page page);

  void drop();

  /// What `query`, whose begin is covered, can need.
  auto extract(const read_log& query) const -> recent_extract;

private:
  void take(log_page page, std::size_t known);
  void shrink();

  const page_bounds kept_;
  std::deque<std::shared_ptr<const recent_piece>> pieces_;
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;
  bool begun_ = false;
  log_position begin_{}; // the pieces hold what follows it
  log_position end_{};
  commit_id commit_{}; // at `end_`, nil at position 0
  std::size_t last_payload_ = 0;
  log_head head_{};
};

} // namespace eventcore
