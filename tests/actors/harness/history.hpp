#pragma once

#include "ledger.hpp"

#include <eventcore/event_store.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace harness {

/// The log as it is in the end, read back event by event, and what each stream was after each event.
class history {
public:
  /// An event of the log.
  struct entry {
    std::uint64_t position = 0;
    std::uint32_t stream = 0;
    std::uint64_t version = 0;
    ec::commit_id commit{};
    std::uint64_t call = 0; ///< who wrote it
    std::string type;
    std::string payload{};
    std::uint64_t tag = 0;
    std::int64_t cents = 0;
    std::vector<sight> saw{};
  };

  /// All events of one commit.
  struct commit {
    ec::commit_id id{};
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::uint64_t call = 0;
  };

  /// The positions at which something was so: from, and up to but without.
  struct span {
    std::uint64_t from = 0;
    std::uint64_t until = 0;

    auto is_empty() const -> bool { return from >= until; }
    auto holds(std::uint64_t position) const -> bool {
      return from <= position && position < until;
    }
    auto with(const span& other) const -> span {
      return {std::max(from, other.from), std::min(until, other.until)};
    }
  };

  /// Reads the whole log. What is wrong with it by itself is in `wrong`.
  explicit history(ec::event_store& store);

  auto entries() const -> const std::vector<entry>& { return entries_; }
  auto commits() const -> const std::vector<commit>& { return commits_; }
  auto wrong() const -> const std::vector<std::string>& { return wrong_; }

  auto find(const ec::commit_id& id) const -> const commit*;

  /// When the stream was just like this; empty: never.
  auto when(const sight& seen) const -> span;
  /// When all were like this at once.
  auto when(const std::vector<sight>& all) const -> span;
  /// When the stream stood there.
  auto when(std::uint32_t stream, const ec::stream_head& head) const -> span;

  /// Whether the stream had got such an event by then.
  auto has_unlucky(std::uint32_t stream, std::uint64_t position) const -> bool;

  /// How many commits wrote to one of the streams at positions after `from`, up to `to`.
  auto commits_between(const std::vector<std::uint32_t>& streams, std::uint64_t from,
                       std::uint64_t to) const -> std::uint64_t;

private:
  struct stage {
    ledger first;
    tally second;
    std::uint64_t position = 0;
    ec::commit_id commit{};
  };

  void add(const ec::recorded_event& event);
  auto span_of(std::uint32_t stream, std::uint64_t version) const -> span;

  std::vector<entry> entries_;
  std::vector<commit> commits_;
  std::map<ec::commit_id, std::size_t> by_id_;
  std::vector<std::vector<stage>> streams_; ///< by number, by version
  std::vector<std::string> wrong_;
};

} // namespace harness
