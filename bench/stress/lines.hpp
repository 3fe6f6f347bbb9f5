#pragma once

#include <optional>
#include <string>

// How processes of this program talk: a line at a time, and only in turn.
namespace stress {

/// Who writes to a process that is gone is told so by `std::system_error`, not killed.
void write_line(int to, std::string line);

/// Nothing when the other side has gone.
auto read_line(int from) -> std::optional<std::string>;

} // namespace stress
