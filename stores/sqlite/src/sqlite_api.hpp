#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h> // declares SQLite's own interface in the namespace sqlite_api

namespace eventcore::sqlite {

namespace api = sqlite_api;

/// Thrown inside the store for a failure of SQLite; carries its extended result code.
using database_error = soci::sqlite3_soci_error;

} // namespace eventcore::sqlite
