#pragma once

#include "eventcore/maintenance.hpp"
#include "eventcore/position.hpp"
#include "eventcore/recorded_event.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// The lines of the files that this library writes; docs/moving.md describes them.
namespace eventcore::transfer {

inline constexpr std::uint32_t format_version = 1;
inline constexpr std::string_view log_format = "log";
inline constexpr std::string_view archive_format = "archive";

/// The first line: what the file holds.
struct header {
  std::string holds{}; ///< `log_format` or `archive_format`
  log_head head{};     ///< of a log: all up to here
  std::string name{};  ///< of an archive: as the store knows it
  timestamp made_at{}; ///< of an archive

  friend auto operator==(const header&, const header&) -> bool = default;
};

/// In an archive, behind the events of a stream: where the stream stood. A stream without this line
/// changed meanwhile, or another archive has a part of it.
struct stream_line {
  std::string id{};
  stream_head head{};
  std::uint64_t events = 0; ///< of the stream in this file
};

/// The last line, its checksum that of all lines before it.
struct trailer {
  std::uint64_t events = 0;
  std::uint64_t requests = 0;
  std::string checksum{};
};

enum class line_kind : std::uint8_t { header = 1, event, archive, stream, request, end, unknown };

/// What a line is, by its beginning.
auto kind_of_line(std::string_view line) -> line_kind;

} // namespace eventcore::transfer
