#include "log_damage.hpp"

#include "heads.hpp"
#include "query.hpp"

#include "eventcore/maintenance.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <unordered_map>

namespace eventcore::sqlite {

namespace {

// An id as far as it goes: one of another length is told elsewhere.
auto id_of(std::string_view bytes) -> commit_id {
  commit_id id;
  std::memcpy(id.bytes.data(), bytes.data(), std::min(bytes.size(), id.bytes.size()));
  return id;
}

auto hex_of(const commit_id& id) -> std::string {
  return sqlite::hex_of({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}

/// Finds commits with more than one run of events. The ids of all runs are sorted, which needs no
/// more than 16 bytes for each; beyond `most` of them a part of the ids at a time.
class run_list {
public:
  explicit run_list(std::uint64_t events) : parts_{events / most + 1} {}

  void take(const commit_id& id) {
    if (part_of(id) == 0)
      runs_.push_back(id);
  }

  /// The commits that are torn.
  auto torn(connection& on) -> std::vector<commit_id> {
    std::vector<commit_id> found;
    collect(found);
    for (std::uint64_t part = 1; part < parts_; ++part) {
      query commits{on, "SELECT commit_id FROM events ORDER BY position"};
      auto rows = commits.run();
      commit_id last;
      while (rows.next())
        if (const auto id = id_of(rows.bytes(0)); id != last) {
          last = id;
          if (part_of(id) == part)
            runs_.push_back(id);
        }
      collect(found);
    }
    return found;
  }

private:
  static constexpr std::uint64_t most = 8'000'000;

  auto part_of(const commit_id& id) const -> std::uint64_t {
    return parts_ == 1 ? 0 : std::hash<commit_id>{}(id) % parts_;
  }

  void collect(std::vector<commit_id>& found) {
    std::ranges::sort(runs_);
    for (auto next = runs_.begin(); (next = std::adjacent_find(next, runs_.end())) != runs_.end();
         ++next)
      if (found.empty() || found.back() != *next)
        found.push_back(*next);
    runs_.clear();
  }

  std::uint64_t parts_;
  std::vector<commit_id> runs_;
};

/// The events whose payloads are in archives.
class archived_events {
public:
  void take(std::int64_t archive, std::int64_t stream, std::int64_t position) {
    ++counts_[archive];
    open_[stream] = position;
  }

  /// The stream was closed: what lies before may be archived.
  void close(std::int64_t stream) {
    if (!open_.empty())
      open_.erase(stream);
  }

  void check(connection& on, findings& found) {
    query archives{on, "SELECT key, file, events FROM archives"};
    for (auto rows = archives.run(); rows.next();) {
      const auto known = counts_.find(rows.number(0));
      const auto count = known == counts_.end() ? 0 : known->second;
      if (count != rows.number(2))
        found.add("archive '{}' is said to have the payloads of {} events, {} refer to it",
                  rows.bytes(1), rows.number(2), count);
      if (known != counts_.end())
        counts_.erase(known);
    }
    for (const auto& [archive, count] : counts_)
      found.add("{} events refer to an archive with key {}, which does not exist", count, archive);
    for (const auto& [stream, position] : open_)
      found.add(
        "the event at position {} is archived, but its stream (key {}) was not closed behind "
        "it",
        position, stream);
  }

private:
  std::unordered_map<std::int64_t, std::int64_t> counts_; // by archive
  std::unordered_map<std::int64_t, std::int64_t> open_;   // by stream: its last archived event
};

void check_head(connection& on, std::int64_t last, const commit_id& commit, findings& found) {
  query row{on, "SELECT position, commit_id FROM log_head"};
  auto rows = row.run();
  if (!rows.next())
    return found.add("the row of log_head is missing");
  if (rows.number(0) != last || rows.bytes(1).size() != 16 || id_of(rows.bytes(1)) != commit)
    found.add(
      "the log head names position {} and commit {}, the last event is at {} with commit {}",
      rows.number(0), hex_of(id_of(rows.bytes(1))), last, hex_of(commit));
}

void tell_torn(connection& on, const commit_id& commit, findings& found) {
  query events{on,
               "SELECT count(*), min(position), max(position) FROM events WHERE commit_id = ?1"};
  auto rows = events.run(blob_view{commit.bytes});
  rows.next();
  found.add("commit {} is torn: its {} events lie between positions {} and {}", hex_of(commit),
            rows.number(0), rows.number(1), rows.number(2));
}

} // namespace

void check_log(connection& on, findings& found) {
  query events{
    on,
    fmt::format(
      "SELECT position, recorded_at, commit_id, length(commit_id) = 16 AND length(event_id) = 16 "
      "AND CASE encoding WHEN 1 THEN typeof(payload) = 'text' WHEN 2 THEN typeof(payload) = "
      "'blob' WHEN 3 THEN typeof(payload) = 'integer' ELSE 0 END, encoding, stream, "
      "CASE encoding WHEN 3 THEN payload END, type = '{}' FROM events ORDER BY position",
      closed_event)};
  run_list runs{static_cast<std::uint64_t>(
    std::max(on.number("SELECT coalesce(max(position), 0) FROM events"), 0LL))};
  archived_events archived;
  std::int64_t last = 0;
  auto recorded_at = std::numeric_limits<std::int64_t>::min();
  commit_id commit;
  for (auto rows = events.run(); rows.next();) {
    const auto position = rows.number(0);
    if (position != last + 1)
      found.add("there is no event between positions {} and {}", last, position);
    if (rows.number(1) < recorded_at)
      found.add("the event at position {} was recorded earlier than the one before it", position);
    if (rows.number(3) == 0)
      found.add("the event at position {} is stored in a form that its encoding {} does not have",
                position, rows.number(4));
    if (const auto id = id_of(rows.bytes(2)); id != commit) {
      commit = id;
      runs.take(id);
    }
    if (rows.number(4) == 3)
      archived.take(rows.number(6), rows.number(5), position);
    if (rows.number(7) != 0)
      archived.close(rows.number(5));
    last = position;
    recorded_at = rows.number(1);
  }
  for (const auto& torn : runs.torn(on))
    tell_torn(on, torn, found);
  archived.check(on, found);
  check_head(on, last, commit, found);
}

void check_requests(connection& on, findings& found) {
  query requests{on, "SELECT id, commit_id, position, count FROM requests WHERE count > 0"};
  query event{on, "SELECT commit_id FROM events WHERE position = ?1"};
  const auto is_at = [&](const commit_id& commit, std::int64_t position) {
    auto rows = event.run(position);
    return rows.next() && id_of(rows.bytes(0)) == commit;
  };
  // Positions are gapless and no commit is torn, or that was told: its first and last event say all.
  for (auto rows = requests.run(); rows.next();) {
    const auto commit = id_of(rows.bytes(1));
    const auto first = rows.number(2);
    const auto count = rows.number(3);
    if (!is_at(commit, first) || (count > 1 && !is_at(commit, first + count - 1)))
      found.add("request '{}' names commit {} at position {} with {} events, the log does not hold "
                "it there",
                rows.bytes(0), hex_of(commit), first, count);
  }
}

} // namespace eventcore::sqlite
