#pragma once

#include "lines.hpp"

#include "eventcore/failure.hpp"

#include <memory_resource>
#include <string_view>

// Reading what `write_lines.hpp` wrote. All fail with `codec_failed` and the reason.
namespace eventcore::transfer {

/// Refuses files of another kind than `holds`, and of a later version, in words of their own.
auto read_header(std::string_view line, std::string_view holds) -> result<header>;

auto read_archive(std::string_view line) -> result<archive_entry>;
auto read_stream(std::string_view line) -> result<stream_line>;
auto read_request(std::string_view line) -> result<recorded_request>;
auto read_trailer(std::string_view line) -> result<trailer>;

/// The event's views point into `line` or `texts`.
auto read_event(std::string_view line, std::pmr::memory_resource& texts) -> result<recorded_event>;

} // namespace eventcore::transfer
