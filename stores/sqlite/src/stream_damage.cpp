#include "heads.hpp"
#include "log_damage.hpp"
#include "query.hpp"

#include "eventcore/stream_id.hpp"

#include <algorithm>
#include <utility>

namespace eventcore::sqlite {

namespace {

struct place {
  std::int64_t version = 0;
  std::int64_t position = 0;
};

/// Compares rows of `streams` with the last events of the streams.
class head_check {
public:
  head_check(connection& on, findings& found)
      : found_{found}, commit_of_{on, "SELECT commit_id FROM events WHERE position = ?1"} {}

  /// `row` is key, id, kind, version and commit id.
  void take(const query::rows& row, const place& last) {
    if (row.bytes(2) != kind_of(row.bytes(1)))
      found_.add("stream {} is stored under the kind '{}'", row.bytes(1), row.bytes(2));
    auto event = commit_of_.run(last.position);
    const auto is_there = event.next();
    if (!is_there || row.number(3) != last.version || row.bytes(4) != event.bytes(0))
      found_.add(
        "stream {} says version {} and commit {}, its last event has version {} and commit "
        "{}",
        row.bytes(1), row.number(3), hex_of(row.bytes(4)), last.version,
        is_there ? hex_of(event.bytes(0)) : "none");
  }

private:
  findings& found_;
  query commit_of_;
};

void check_step(const place& before, const place& next, std::string_view stream, findings& found) {
  if (next.version != before.version + 1)
    found.add("stream {} has no event between its versions {} and {} (position {})", stream,
              before.version, next.version, next.position);
  if (next.position <= before.position)
    found.add("version {} of stream {} is at position {}, behind the next version at {}",
              before.version, stream, before.position, next.position);
}

} // namespace

// Both lists come by the key of the stream, the events out of an index that has all three columns.
void check_streams(connection& on, findings& found) {
  query versions{on, "SELECT stream, version, position FROM events ORDER BY stream, version"};
  query streams{on, "SELECT key, id, kind, version, commit_id FROM streams ORDER BY key"};
  head_check heads{on, found};
  auto event = versions.run();
  auto stream = streams.run();
  bool has_event = event.next();
  bool has_stream = stream.next();
  while (has_event || has_stream) {
    const auto is_known = has_stream && (!has_event || stream.number(0) <= event.number(0));
    const auto key = is_known ? stream.number(0) : event.number(0);
    const auto name = is_known ? std::string{stream.bytes(1)} : fmt::format("(key {})", key);
    if (!is_known)
      found.add("the event at position {} belongs to a stream with key {}, which does not exist",
                event.number(2), key);
    place last;
    for (; has_event && event.number(0) == key; has_event = event.next()) {
      const auto before = std::exchange(last, {event.number(1), event.number(2)});
      check_step(before, last, name, found);
    }
    if (is_known) {
      heads.take(stream, last);
      has_stream = stream.next();
    }
  }
}

} // namespace eventcore::sqlite
