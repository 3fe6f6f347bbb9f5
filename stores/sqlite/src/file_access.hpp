#pragma once

#include "connection.hpp"

#include <chrono>
#include <filesystem>

namespace eventcore::sqlite {

/// Throws unless this user may read and write the existing file and make others beside it.
void require_writable(const std::filesystem::path& file);

/// How to open a file for reading only, whatever may be done with its directory. Throws when it
/// cannot be read as it lies there.
auto options_for_reading(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout)
  -> connection_options;

/// Throws unless an existing file may be ours. Looks at it without locks and without leaving
/// anything beside it, so that a file of another application is not touched at all.
void refuse_foreign_file(const std::filesystem::path& file);

} // namespace eventcore::sqlite
