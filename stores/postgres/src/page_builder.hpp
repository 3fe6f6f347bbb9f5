#pragma once

#include "rows.hpp"

#include "eventcore/queries.hpp"
#include "eventcore/recorded_event.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace eventcore::postgres {

/// What the events of a page point to: the answers of the server, kept as they came.
struct page_owner {
  std::string stream{};
  std::vector<rows> answers{};
};

/// Numbers that are to be read, both ends excluded, and how many rows at most.
struct rows_wanted {
  std::uint64_t after = 0;
  std::uint64_t before = 0;
  std::int64_t limit = 0;
};

/// Fills one page step by step. A step asks for so few rows that the server never sends much more
/// than the page holds: the first for about four times the page's bytes if every payload were as
/// large as may be, each further one for what fits if the largest that came so far is typical, and at
/// most 16 times as many as the one before. (A window sum in SQL would stop exactly, but reads cost a
/// third more with it.) Events never change, so the steps need no common snapshot: what came after
/// the page's head is left out.
class page_builder {
public:
  /// The events with `after < number < before`, numbered by their versions or their positions.
  page_builder(const page_bounds& bounds, direction way, std::uint64_t after, std::uint64_t before,
               std::size_t largest_payload);

  /// Steps look at so many numbers at most: a filter may pass over many.
  void look_at_most_at(std::uint64_t numbers) { span_ = numbers; }

  /// Numbers go up to `last`.
  void end_at(std::uint64_t last);

  /// Whether everything was looked at or the page is full.
  auto is_done() const -> bool { return full_ || before_ - after_ < 2 || before_ <= after_; }

  /// What the next step asks for.
  auto next() -> rows_wanted;

  /// Takes the rows that came for it. The number is in `number_column`; the stream's id is in the
  /// column after all others unless `stream` says it.
  void take(rows answer, int number_column, const std::string* stream);

  /// True unless the page was full before all was read.
  auto is_complete() const -> bool { return !full_; }

  auto events() -> std::vector<recorded_event>& { return events_; }
  /// The indexes of the events whose payloads are elsewhere, or lost.
  auto without_payload() const -> const std::vector<std::size_t>& { return without_payload_; }

  auto owner() const -> const std::shared_ptr<page_owner>& { return owner_; }

private:
  auto add(const rows& from, int row, std::string_view stream) -> bool;
  auto stream_in(const rows& from, int row) -> std::string_view;

  const page_bounds bounds_;
  const direction way_;
  std::uint64_t after_;
  std::uint64_t before_;
  std::uint64_t last_ = 0;
  std::uint64_t span_;
  std::uint64_t step_; // how many rows the next step may ask for
  rows_wanted asked_{};
  std::size_t bytes_ = 0;   // of payloads taken
  std::size_t largest_ = 1; // of them
  bool full_ = false;
  std::vector<recorded_event> events_;
  std::vector<std::size_t> without_payload_;
  std::shared_ptr<page_owner> owner_ = std::make_shared<page_owner>();
};

} // namespace eventcore::postgres
