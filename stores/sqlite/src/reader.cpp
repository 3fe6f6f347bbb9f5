#include "reader.hpp"

#include "errors.hpp"
#include "heads.hpp"
#include "log_query.hpp"
#include "page_texts.hpp"
#include "records.hpp"
#include "transaction.hpp"
#include "work.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

auto stream_sql(std::string_view order) -> std::string {
  return fmt::format("SELECT {} FROM events e WHERE e.stream = ?1 AND e.version > ?2 AND "
                     "e.version < ?3 ORDER BY e.version{} LIMIT ?4",
                     event_columns, order);
}

constexpr auto checkpoint_sql =
  "SELECT c.position, c.commit_id, e.commit_id FROM checkpoints c LEFT JOIN events e ON "
  "e.position = c.position WHERE c.name = ?1";

// A snapshot whose commit the log does not hold at its version gives no row.
constexpr auto snapshot_sql =
  "SELECT n.fold, n.version, n.commit_id, n.payload FROM streams s JOIN snapshots n ON n.stream = "
  "s.key AND n.view = ?2 JOIN events e ON e.stream = s.key AND e.version = n.version AND "
  "e.commit_id = n.commit_id WHERE s.id = ?1";

// One row more than a page holds tells whether the page is all.
auto limit_of(const page_bounds& page) -> std::int64_t {
  return std::max(to_sql(page.events), to_sql(page.events + 1));
}

// How many numbers n with after < n < before there are when the last is `last`.
auto count_between(std::uint64_t after, std::uint64_t before, std::uint64_t last) -> std::uint64_t {
  const auto end = before == 0 ? 0 : std::min(before - 1, last);
  return after < end ? end - after : 0;
}

} // namespace

/// Takes rows of `event_columns` until its bounds are reached.
class page_builder {
public:
  page_builder(std::vector<recorded_event>& events, const page_bounds& bounds,
               std::uint64_t expected, query& archives)
      : events_{events}, bounds_{bounds}, archives_{archives} {
    constexpr std::uint64_t most = 4096; // what bytes bound need not be reserved
    events_.reserve(std::min({expected, std::uint64_t{bounds.events}, most}));
  }

  /// False when the row's event does not fit into the page any more.
  auto add(const query::rows& row, std::string_view stream) -> bool {
    const auto how = encoding_in(row);
    const auto payload = how == encoding::archived ? archive_of(row) : row.bytes(8);
    if (!events_.empty()
        && (events_.size() >= bounds_.events || payload.size() > bounds_.bytes - bytes_))
      return false;
    bytes_ = std::min(bytes_ + payload.size(), bounds_.bytes);
    auto& event = events_.emplace_back();
    event.position = {static_cast<std::uint64_t>(row.number(0))};
    event.version = {static_cast<std::uint64_t>(row.number(1))};
    event.stream = stream;
    event.commit = {id_in(row, 2)};
    event.id = {id_in(row, 3)};
    event.type = texts_->keep_once(row.bytes(4));
    event.type_version = static_cast<std::uint32_t>(row.number(5));
    event.encoding = how;
    event.recorded_at = timestamp{std::chrono::microseconds{row.number(7)}};
    event.payload = how == encoding::archived ? payload : texts_->keep(payload);
    event.metadata_json = texts_->keep(row.bytes(9));
    return true;
  }

  auto texts() -> page_texts& { return *texts_; }
  auto owner() const -> std::shared_ptr<const void> { return texts_; }

private:
  [[noreturn]] static void refuse(const query::rows& row, std::string_view why) {
    raise(
      errc::store_corrupt,
      fmt::format("the event at position {} is damaged: {}; restore a backup", row.number(0), why));
  }

  static auto id_in(const query::rows& row, int column) -> uuid_bytes {
    uuid_bytes id;
    const auto bytes = row.bytes(column);
    if (bytes.size() != id.size())
      refuse(row, "an id has not 16 bytes");
    std::memcpy(id.data(), bytes.data(), id.size());
    return id;
  }

  static auto encoding_in(const query::rows& row) -> encoding {
    const auto number = row.number(6);
    if (number < 1 || number > 3)
      refuse(row, "its encoding is unknown");
    return static_cast<encoding>(number);
  }

  // The name of the file that has the payload; most events of a page have the same.
  auto archive_of(const query::rows& row) -> std::string_view {
    const auto key = row.number(8);
    if (key != archive_ || archived_in_.empty()) {
      auto rows = archives_.run(key);
      if (!rows.next())
        refuse(row, "its payload is in an archive that the store does not know");
      archive_ = key;
      archived_in_ = texts_->keep(rows.bytes(0));
    }
    return archived_in_;
  }

  std::vector<recorded_event>& events_;
  const page_bounds& bounds_;
  query& archives_;
  std::int64_t archive_ = 0;
  std::string_view archived_in_;
  std::size_t bytes_ = 0;
  std::shared_ptr<page_texts> texts_ = std::make_shared<page_texts>();
};

reader::reader(const connection_options& options)
    : on_{options}, stream_query_{on_, "SELECT key, version, commit_id FROM streams WHERE id = ?1"},
      forwards_query_{on_, stream_sql("")}, backwards_query_{on_, stream_sql(" DESC")},
      head_query_{on_, log_head_sql}, checkpoint_query_{on_, checkpoint_sql},
      snapshot_query_{on_, snapshot_sql},
      archive_query_{on_, "SELECT file FROM archives WHERE key = ?1"} {}

auto reader::read(std::span<const read_stream> queries) -> std::vector<stream_page> {
  std::vector<stream_page> pages;
  pages.reserve(queries.size());
  const read_transaction snapshot{on_};
  for (const auto& query : queries)
    pages.push_back(page_of(query));
  return pages;
}

auto reader::page_of(const read_stream& query) -> stream_page {
  stream_page page;
  std::int64_t key = 0;
  {
    auto rows = stream_query_.run(query.stream.text());
    if (!rows.next())
      return page;
    key = rows.number(0);
    page.head = {{static_cast<std::uint64_t>(rows.number(1))}, {uuid_of(rows.bytes(2))}};
  }
  const auto expected =
    count_between(query.after.value, query.before.value, page.head.version.value);
  if (expected == 0)
    return page;
  page_builder builder{page.events, query.page, expected, archive_query_};
  page.owner = builder.owner();
  const auto stream = builder.texts().keep(query.stream.text());
  auto& events = query.direction == direction::forwards ? forwards_query_ : backwards_query_;
  auto rows =
    events.run(key, to_sql(query.after.value), to_sql(query.before.value), limit_of(query.page));
  while (page.complete && rows.next())
    page.complete = builder.add(rows, stream);
  return page;
}

auto reader::read(const read_log& query) -> log_page {
  log_page page;
  const read_transaction snapshot{on_};
  page.head = head();
  const auto expected =
    count_between(query.after.value, query.before.value, page.head.position.value);
  if (expected > 0) {
    page_builder builder{page.events, query.page, query.filter.fits_all() ? expected : 0,
                         archive_query_};
    page.owner = builder.owner();
    const auto sql = log_query(query.filter, query.direction);
    auto& events = log_query_of(sql.text);
    for (std::size_t i = 0; i < sql.texts.size(); ++i)
      events.bind(static_cast<int>(i) + 4, sql.texts[i]);
    auto rows =
      events.run(to_sql(query.after.value), to_sql(query.before.value), limit_of(query.page));
    while (page.complete && rows.next()) {
      if (rows.is_null(10))
        raise(errc::store_corrupt,
              fmt::format("the event at position {} belongs to no stream; restore a backup",
                          rows.number(0)));
      page.complete = builder.add(rows, builder.texts().keep_once(rows.bytes(10)));
    }
  }
  if (query.direction == direction::forwards)
    page.through =
      page.complete ? log_position{query.after.value + expected} : page.events.back().position;
  return page;
}

auto reader::load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>> {
  auto rows = checkpoint_query_.run(name);
  if (!rows.next())
    return std::nullopt;
  const checkpoint known{{static_cast<std::uint64_t>(rows.number(0))}, {uuid_of(rows.bytes(1))}};
  const auto there = rows.is_null(2) ? known.position.value == 0 && known.commit.is_nil()
                                     : known.commit.bytes == uuid_of(rows.bytes(2));
  if (!there)
    return std::unexpected{rewound(name, known)};
  return known;
}

auto reader::load_snapshot(const stream_id& stream, std::string_view view)
  -> std::optional<snapshot> {
  auto rows = snapshot_query_.run(stream.text(), view);
  if (!rows.next())
    return std::nullopt;
  return snapshot{.stream = stream,
                  .view = std::string{view},
                  .fold = std::string{rows.bytes(0)},
                  .head = {{static_cast<std::uint64_t>(rows.number(1))}, {uuid_of(rows.bytes(2))}},
                  .payload = std::string{rows.bytes(3)}};
}

auto reader::inspect(const transaction_work& work) -> result<> {
  const read_transaction snapshot{on_};
  clean_ = false; // unless the work gets to its end
  auto done = do_work(on_, work);
  clean_ = !has_strange_tables(on_);
  return done;
}

auto reader::log_query_of(const std::string& sql) -> query& {
  if (const auto known = log_queries_.find(sql); known != log_queries_.end())
    return known->second;
  constexpr std::size_t most = 32;
  if (log_queries_.size() == most)
    log_queries_.clear();
  return log_queries_.try_emplace(sql, on_, sql).first->second;
}

} // namespace eventcore::sqlite
