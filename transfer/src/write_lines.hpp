#pragma once

#include "canonical_json.hpp"
#include "lines.hpp"

#include "eventcore/failure.hpp"

#include <cstdint>
#include <string>

namespace eventcore::transfer {

void append_line(const header& line, std::string& out);
void append_line(const archive_entry& line, std::string& out);
void append_line(const stream_line& line, std::string& out);
void append_line(const recorded_request& line, std::string& out);
void append_line(const trailer& line, std::string& out);

/// How an event's JSON is written.
enum class json_form : std::uint8_t {
  canonical = 1, ///< equal for equal events
  kept,          ///< as the store gave it
};

/// Writes the lines of events; one for many of them.
class event_lines {
public:
  explicit event_lines(json_form form) : form_{form} {}

  /// Fails with `store_corrupt` when the event's JSON or one of its texts is not well-formed.
  auto append(const recorded_event& event, std::string& out) -> result<>;

private:
  auto append_json(std::string_view name, std::string_view json, std::string& out) -> result<>;
  auto append_payload(const recorded_event& event, std::string& out) -> result<>;
  void append_time(timestamp at, std::string& out);

  json_form form_;
  json_canonicaliser canonicaliser_{};
  timestamp last_time_{};
  std::string last_time_text_{};
};

} // namespace eventcore::transfer
