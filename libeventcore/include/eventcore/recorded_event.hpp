#pragma once

#include "eventcore/metadata.hpp"
#include "eventcore/write_set.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace eventcore {

/// An event as the store holds it. The views point into the page that the event came with: they are
/// valid as long as that page or a copy of it lives.
struct recorded_event {
  log_position position{};
  stream_version version{};
  std::string_view stream{};
  commit_id commit{};
  event_id id{};
  std::string_view type{};
  std::uint32_t type_version = 1;
  eventcore::encoding encoding = eventcore::encoding::json;
  timestamp recorded_at{};
  std::string_view payload{};
  std::string_view metadata_json{}; ///< empty when there is none; `parse_metadata` reads it
};

/// Some events of one stream, read in one snapshot with the stream's head. Copies share the events.
struct stream_page {
  std::vector<recorded_event> events{};
  stream_head head{};                  ///< of the whole stream, whatever the page holds
  bool complete = true;                ///< no further event fits the query
  std::shared_ptr<const void> owner{}; ///< keeps what `events` point to
};

/// Some events of the log in the order of their positions, read in one snapshot with the log's
/// head.
struct log_page {
  std::vector<recorded_event> events{};
  log_head head{};        ///< of the whole log, whatever the page holds
  log_position through{}; ///< forwards: all up to here was looked at, so go on after it
  bool complete = true;   ///< no further event fits the query
  std::shared_ptr<const void> owner{}; ///< keeps what `events` point to
};

} // namespace eventcore
