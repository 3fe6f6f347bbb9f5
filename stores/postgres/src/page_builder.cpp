#include "page_builder.hpp"

#include "errors.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

constexpr std::uint64_t fewest_rows = 16;
constexpr std::uint64_t most_rows = 65'536;

auto add_up_to_max(std::uint64_t a, std::uint64_t b) -> std::uint64_t {
  constexpr auto max = std::numeric_limits<std::uint64_t>::max();
  return a > max - b ? max : a + b;
}

auto first_step(const page_bounds& bounds, std::size_t largest_payload) -> std::uint64_t {
  const auto quarter = std::max<std::size_t>(largest_payload / 4, 1);
  return std::clamp<std::uint64_t>(bounds.bytes / quarter, fewest_rows, most_rows);
}

} // namespace

page_builder::page_builder(const page_bounds& bounds, direction way, std::uint64_t after,
                           std::uint64_t before, std::size_t largest_payload)
    : bounds_{bounds}, way_{way}, after_{after}, before_{before},
      span_{std::numeric_limits<std::uint64_t>::max()}, step_{first_step(bounds, largest_payload)} {
}

void page_builder::end_at(std::uint64_t last) {
  last_ = last;
  before_ = std::min(before_, add_up_to_max(last, 1));
}

auto page_builder::next() -> rows_wanted {
  asked_ = {.after = after_, .before = before_};
  if (before_ - after_ > span_) {
    if (way_ == direction::forwards)
      asked_.before = after_ + span_ + 1;
    else
      asked_.after = before_ - span_ - 1;
  }
  // One row more than the page holds tells whether the page is all.
  const auto room = add_up_to_max(bounds_.events - events_.size(), 1);
  asked_.limit = to_sql(std::min(step_, room));
  return asked_;
}

void page_builder::take(rows answer, int number_column, const std::string* stream) {
  const auto count = answer.count();
  owner_->answers.push_back(std::move(answer));
  const auto& from = owner_->answers.back();
  events_.reserve(events_.size() + static_cast<std::size_t>(count));
  auto reached = way_ == direction::forwards ? after_ : before_;
  for (int row = 0; row < count && !full_; ++row) {
    const auto number = from.unsigned_number(row, number_column);
    if (number > last_)
      continue; // came after the head was read
    full_ = !add(from, row, stream ? std::string_view{*stream} : stream_in(from, row));
    reached = number;
  }
  // Fewer rows than asked for are all that there are.
  const auto all = count < asked_.limit;
  if (way_ == direction::forwards)
    after_ = all ? std::max(after_, asked_.before - 1) : reached;
  else
    before_ = all ? std::min(before_, asked_.after + 1) : std::min(before_, reached);
  const auto fits = (bounds_.bytes - bytes_) / largest_ + 1;
  step_ =
    std::clamp<std::uint64_t>(std::min<std::uint64_t>(fits, step_ * 16), fewest_rows, most_rows);
}

auto page_builder::stream_in(const rows& from, int row) -> std::string_view {
  constexpr int stream_column = 10;
  if (from.is_null(row, stream_column))
    raise(errc::store_corrupt,
          fmt::format("the event at position {} belongs to no stream; restore a backup",
                      from.number(row, 0)));
  return from.bytes(row, stream_column);
}

// False when the row's event does not fit into the page any more.
auto page_builder::add(const rows& from, int row, std::string_view stream) -> bool {
  const auto is_json = !from.is_null(row, 7);
  const auto payload = is_json ? from.json(row, 7) : from.bytes(row, 8);
  if (!events_.empty()
      && (events_.size() >= bounds_.events || payload.size() > bounds_.bytes - bytes_))
    return false;
  bytes_ = std::min(bytes_ + payload.size(), bounds_.bytes);
  largest_ = std::max(largest_, payload.size());
  if (!is_json && from.is_null(row, 8))
    without_payload_.push_back(events_.size());
  auto& event = events_.emplace_back();
  event.position = {from.unsigned_number(row, 0)};
  event.version = {from.unsigned_number(row, 1)};
  event.stream = stream;
  event.commit = {from.id(row, 2)};
  event.id = {from.id(row, 3)};
  event.type = from.bytes(row, 4);
  event.type_version = static_cast<std::uint32_t>(from.number(row, 5));
  event.recorded_at = from.time(row, 6);
  event.encoding = is_json ? encoding::json : encoding::bytes;
  event.payload = payload;
  event.metadata_json = from.json(row, 9);
  return true;
}

} // namespace eventcore::postgres
