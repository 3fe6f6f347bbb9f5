#pragma once

#include "session.hpp"
#include "table.hpp"

#include <eventcore/recorded_event.hpp>

#include <optional>
#include <string>

namespace tool {

/// An event as a JSON object in one line: its payload as it is stored, bytes as base64 in
/// `payload_base64`, the file that holds an archived one in `archived`.
auto event_json(const ec::recorded_event& event) -> std::string;

/// Prints events of the log or of one stream as the session asks for: a JSON line or a row each.
class event_printer {
public:
  enum class from : std::uint8_t { log = 1, stream };

  event_printer(session& here, from where);

  void print(const ec::recorded_event& event);

  /// Prints the rows that came up to now.
  void flush() { rows_.flush(); }

private:
  output& out_;
  bool json_;
  from where_;
  table rows_;
};

} // namespace tool
