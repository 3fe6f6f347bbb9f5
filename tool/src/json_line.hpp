#pragma once

#include <eventcore/position.hpp>

#include <concepts>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tool {

/// A JSON object in one line, for programs.
class json_line {
public:
  /// Malformed UTF-8 is written as `\xNN` in it, as for people.
  auto text(std::string_view name, std::string_view value) -> json_line&;

  template <std::integral Number>
  auto number(std::string_view name, Number value) -> json_line& {
    return raw(name, fmt::format("{}", value));
  }

  auto boolean(std::string_view name, bool value) -> json_line& {
    return raw(name, value ? "true" : "false");
  }

  /// As ISO 8601 in UTC with microseconds.
  auto time(std::string_view name, eventcore::timestamp value) -> json_line&;

  /// A value that is JSON already, in one line.
  auto raw(std::string_view name, std::string_view json) -> json_line&;

  /// The whole object.
  auto done() -> std::string;

private:
  std::string text_{"{"};
};

/// A moment as ISO 8601 in UTC with microseconds: `2024-01-31T23:59:59.123456Z`.
auto time_text(eventcore::timestamp value) -> std::string;

} // namespace tool
