#include "reader.hpp"

#include "archives.hpp"
#include "log_query.hpp"
#include "page_builder.hpp"
#include "records.hpp"
#include "statements.hpp"
#include "trip.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

auto stream_sql(std::string_view order) -> std::string {
  return fmt::format("SELECT {} FROM events e WHERE e.stream = (SELECT key FROM streams WHERE id = "
                     "$1::text) AND e.version > $2::int8 AND e.version < $3::int8 ORDER BY "
                     "e.version{} LIMIT $4::int8",
                     event_columns, order);
}

const statement read_forwards{"read_forwards", stream_sql("")};
const statement read_backwards{"read_backwards", stream_sql(" DESC")};

const statement find_checkpoint{
  "find_checkpoint",
  "SELECT c.position, c.commit_id, e.commit_id FROM checkpoints c LEFT JOIN events e ON "
  "e.position = c.position WHERE c.name = $1::text"};

const statement list_all_checkpoints{
  "list_all_checkpoints", "SELECT name, position, commit_id FROM checkpoints ORDER BY name"};

// A state whose commit the log does not hold at its position gives no row.
const statement find_read_model{
  "find_read_model",
  "SELECT m.fold, m.position, m.commit_id, m.payload FROM read_models m WHERE m.name = $1::text "
  "AND "
  "CASE WHEN m.position = 0 THEN m.commit_id = '00000000-0000-0000-0000-000000000000' ELSE EXISTS "
  "(SELECT FROM events e WHERE e.position = m.position AND e.commit_id = m.commit_id) END"};

constexpr int version_column = 1;
constexpr int position_column = 0;

void add_step(trip& to, const read_stream& query, page_builder& page) {
  const auto wanted = page.next();
  to.add(query.direction == direction::forwards ? read_forwards : read_backwards,
         parameters{}
           .text(query.stream.text())
           .position(wanted.after)
           .position(wanted.before)
           .number(wanted.limit));
}

// How many numbers n with after < n < before there are when the last is `last`.
auto count_between(std::uint64_t after, std::uint64_t before, std::uint64_t last) -> std::uint64_t {
  const auto end = before == 0 ? 0 : std::min(before - 1, last);
  return after < end ? end - after : 0;
}

} // namespace

reader::reader(std::unique_ptr<connection> on, std::size_t largest_payload)
    : on_{std::move(on)}, largest_payload_{largest_payload} {}

auto reader::read(std::span<const read_stream> queries) -> std::vector<stream_page> {
  std::vector<stream_page> pages(queries.size());
  if (queries.empty())
    return pages;
  array ids{element::text};
  std::vector<page_builder> builders;
  builders.reserve(queries.size());
  for (const auto& query : queries) {
    ids.add(query.stream.text());
    builders.emplace_back(query.page, query.direction, query.after.value, query.before.value,
                          largest_payload_);
    builders.back().owner()->stream = query.stream.text();
  }
  {
    trip first{*on_};
    first.add(find_streams, parameters{}.list(ids));
    for (std::size_t i = 0; i < queries.size(); ++i)
      add_step(first, queries[i], builders[i]);
    first.send();
    const auto found = first.answer();
    for (int row = 0; row < found.count(); ++row)
      pages.at(static_cast<std::size_t>(found.number(row, 0)) - 1).head = {
        {found.unsigned_number(row, 2)}, {found.id(row, 3)}};
    for (std::size_t i = 0; i < queries.size(); ++i) {
      builders[i].end_at(pages[i].head.version.value);
      builders[i].take(first.answer(), version_column, &builders[i].owner()->stream);
    }
  }
  for (std::size_t i = 0; i < queries.size(); ++i) {
    auto& builder = builders[i];
    while (!builder.is_done()) {
      trip next{*on_};
      add_step(next, queries[i], builder);
      next.send();
      builder.take(next.answer(), version_column, &builder.owner()->stream);
    }
    name_archives(*on_, builder);
    pages[i].events = std::move(builder.events());
    pages[i].complete = builder.is_complete();
    pages[i].owner = builder.owner();
  }
  return pages;
}

auto reader::read(const read_log& query) -> log_page {
  // A statement passes over so many events at most: that takes some tenths of a second, and no
  // filter, however rare what it wants, meets the statement timeout.
  constexpr std::uint64_t span = 250'000;
  log_page page;
  page_builder builder{query.page, query.direction, query.after.value, query.before.value,
                       largest_payload_};
  log_query wanted{query.filter, query.direction};
  const auto add_next = [&](trip& to) {
    const auto [after, before, limit] = builder.next();
    to.add(wanted.sql(), wanted.with(after, before, limit));
  };
  {
    trip first{*on_};
    first.add(find_log_head);
    const auto all = query.filter.fits_all();
    if (all)
      add_next(first);
    first.send();
    page.head = log_head_in(first.answer());
    builder.end_at(page.head.position.value);
    if (all)
      builder.take(first.answer(), position_column, nullptr);
    else
      builder.look_at_most_at(span);
  }
  while (wanted.can_fit() && !builder.is_done()) {
    trip next{*on_};
    add_next(next);
    next.send();
    builder.take(next.answer(), position_column, nullptr);
  }
  name_archives(*on_, builder);
  page.events = std::move(builder.events());
  page.complete = builder.is_complete();
  page.owner = builder.owner();
  if (query.direction == direction::forwards)
    page.through = page.complete
                     ? log_position{query.after.value
                                    + count_between(query.after.value, query.before.value,
                                                    page.head.position.value)}
                     : page.events.back().position;
  return page;
}

auto reader::load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>> {
  trip asking{*on_};
  asking.add(find_checkpoint, parameters{}.text(name));
  asking.send();
  const auto found = asking.answer();
  if (found.is_empty())
    return std::nullopt;
  const checkpoint known{{found.unsigned_number(0, 0)}, {found.id(0, 1)}};
  const auto there = found.is_null(0, 2) ? known.position.value == 0 && known.commit.is_nil()
                                         : known.commit.bytes == found.id(0, 2);
  if (!there)
    return std::unexpected{rewound(name, known)};
  return known;
}

auto reader::list_checkpoints() -> std::vector<named_checkpoint> {
  trip asking{*on_};
  asking.add(list_all_checkpoints);
  asking.send();
  const auto found = asking.answer();
  std::vector<named_checkpoint> all;
  all.reserve(static_cast<std::size_t>(found.count()));
  for (int row = 0; row < found.count(); ++row)
    all.push_back(
      {std::string{found.bytes(row, 0)}, {{found.unsigned_number(row, 1)}, {found.id(row, 2)}}});
  return all;
}

auto reader::load_read_model(std::string_view name) -> std::optional<read_model_state> {
  trip asking{*on_};
  asking.add(find_read_model, parameters{}.text(name));
  asking.send();
  const auto found = asking.answer();
  if (found.is_empty())
    return std::nullopt;
  return read_model_state{.name = std::string{name},
                          .fold = std::string{found.bytes(0, 0)},
                          .at = {{found.unsigned_number(0, 1)}, {found.id(0, 2)}},
                          .payload = std::string{found.bytes(0, 3)}};
}

} // namespace eventcore::postgres
